import { loadEntities, loadEntitiesAsOf } from '@synap/database';
import {
  type EntityId,
  type EntityState,
  EntityType,
  type RelationState,
  RelationType,
  TaskStatus,
  type UserId,
} from '@synap/domain';
import type { Parts } from '../parts.ts';
import type { PointInTime } from './as-of.ts';

/** A thing as another one names it. */
export interface EntityReference {
  id: EntityId;
  type: EntityType;
  title: string;
  /** Of tasks only. */
  status: TaskStatus | null;
}

/** What of a thing's links is shown with it. */
export interface LinkedThings {
  /** What must be done before it, and is not done yet. */
  blockedBy: EntityReference[];
  /** What waits for it. */
  blocks: EntityReference[];
  /** What it contains, in the order in which it was put in. */
  contains: EntityReference[];
  /** Of projects: how many of the tasks in it are done; those that were cancelled do not count. */
  progress: Progress | null;
}

export interface Progress {
  done: number;
  total: number;
}

/** What is shown of what a thing contains, at the most; its progress counts all. */
const CONTAINED_MAX = 500;

const SHOWN: readonly RelationType[] = [RelationType.blocks, RelationType.contains];

/**
 * What is shown with each of these things of what they are linked to, by their ids: read at once, whatever their number.
 * @param relations those from and to them, at that point in time.
 */
export async function readLinkedThings(
  parts: Parts,
  userId: UserId,
  { states, relations, asOf }: { states: readonly EntityState[]; relations: readonly RelationState[] } & PointInTime,
): Promise<Map<EntityId, LinkedThings>> {
  const shown = relations.filter(({ type }) => SHOWN.includes(type));
  const ids = [...new Set(shown.flatMap(({ sourceId, targetId }) => [sourceId, targetId]))];
  const others =
    asOf === undefined
      ? await loadEntities(parts.database.queries, userId, ids)
      : await loadEntitiesAsOf(parts, userId, { ids, asOf });
  return new Map(states.map((state) => [state.id, linkedThings(state, shown, others)]));
}

function linkedThings(
  { id, type }: EntityState,
  relations: readonly RelationState[],
  others: ReadonlyMap<EntityId, EntityState>,
): LinkedThings {
  const present = (ids: readonly EntityId[]): EntityState[] =>
    ids.flatMap((each) => {
      const state = others.get(each);
      return state === undefined || state.deletedAt !== null ? [] : [state];
    });
  const targets = (relationType: RelationType) =>
    present(
      relations.filter((each) => each.type === relationType && each.sourceId === id).map((each) => each.targetId),
    );
  const blockers = relations
    .filter((each) => each.type === RelationType.blocks && each.targetId === id)
    .map(({ sourceId }) => sourceId);
  const contained = targets(RelationType.contains);
  return {
    blockedBy: present(blockers).filter(isOpen).map(referenceTo),
    blocks: targets(RelationType.blocks).filter(isOpen).map(referenceTo),
    contains: contained.slice(0, CONTAINED_MAX).map(referenceTo),
    progress: type === EntityType.project ? progressOf(contained) : null,
  };
}

/** Whether something is still to be done for it; what is no task is there until it is not. */
function isOpen(state: EntityState): boolean {
  const status = statusOf(state);
  return status !== TaskStatus.done && status !== TaskStatus.cancelled;
}

function progressOf(contained: readonly EntityState[]): Progress {
  const statuses = contained.map(statusOf).filter((status) => status !== null && status !== TaskStatus.cancelled);
  return { done: statuses.filter((status) => status === TaskStatus.done).length, total: statuses.length };
}

function referenceTo(state: EntityState): EntityReference {
  const { id, type, title } = state;
  return { id, type, title, status: statusOf(state) };
}

function statusOf({ type, task }: EntityState): TaskStatus | null {
  return type === EntityType.task ? (task?.status ?? null) : null;
}
