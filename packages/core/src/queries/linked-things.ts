import { type EntityReference, loadEntitiesAsOf, loadReferences } from '@synap/database';
import { type EntityId, type EntityState, EntityType, RelationType, TaskStatus, type UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';
import type { RelationView } from '../views.ts';

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

/** A relation, as far as it matters here. */
type Relation = Pick<RelationView, 'type' | 'sourceId' | 'targetId'>;

export interface Progress {
  done: number;
  total: number;
}

/** What is shown of what a thing contains, at the most; its progress counts all. */
const CONTAINED_MAX = 500;

const SHOWN: readonly RelationType[] = [RelationType.blocks, RelationType.contains];

/**
 * What is shown with each of these things of what they are linked to, by their ids: read at once, whatever their number.
 * @param relations those from and to them.
 */
export async function readLinkedThings(
  { database }: Parts,
  userId: UserId,
  { states, relations }: { states: readonly EntityState[]; relations: readonly Relation[] },
): Promise<Map<EntityId, LinkedThings>> {
  const references = await loadReferences(database.queries, userId, shownEnds(relations));
  return new Map(states.map((state) => [state.id, linkedThings(state, { relations, references })]));
}

/** The same of one thing, as it was at an instant. */
export async function readLinkedThingsAsOf(
  parts: Parts,
  userId: UserId,
  { state, relations, asOf }: { state: EntityState; relations: readonly Relation[]; asOf: Date },
): Promise<LinkedThings> {
  const others = await loadEntitiesAsOf(parts, userId, { ids: shownEnds(relations), asOf });
  return linkedThings(state, { relations, references: referencesTo(others) });
}

function shownEnds(relations: readonly Relation[]): EntityId[] {
  const shown = relations.filter(({ type }) => SHOWN.includes(type));
  return [...new Set(shown.flatMap(({ sourceId, targetId }) => [sourceId, targetId]))];
}

/** What is shown with a thing of what it is linked to. @param known its relations, and what is at their ends. */
function linkedThings(
  { id, type }: EntityState,
  { relations, references }: { relations: readonly Relation[]; references: ReadonlyMap<EntityId, EntityReference> },
): LinkedThings {
  const present = (ids: readonly EntityId[]): EntityReference[] =>
    ids.flatMap((each) => {
      const other = references.get(each);
      return other === undefined ? [] : [other];
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
    blockedBy: present(blockers).filter(isOpen),
    blocks: targets(RelationType.blocks).filter(isOpen),
    contains: contained.slice(0, CONTAINED_MAX),
    progress: type === EntityType.project ? progressOf(contained) : null,
  };
}

/** Whether something is still to be done for it; what is no task is there until it is not. */
function isOpen({ status }: EntityReference): boolean {
  return status !== TaskStatus.done && status !== TaskStatus.cancelled;
}

function progressOf(contained: readonly EntityReference[]): Progress {
  const counted = contained.filter(({ status }) => status !== null && status !== TaskStatus.cancelled);
  return { done: counted.filter(({ status }) => status === TaskStatus.done).length, total: counted.length };
}

/** What was not in the trash, as others named it. */
function referencesTo(states: ReadonlyMap<EntityId, EntityState>): Map<EntityId, EntityReference> {
  const present = [...states.values()].filter(({ deletedAt }) => deletedAt === null);
  return new Map(
    present.map(({ id, type, title, task }) => {
      const status = type === EntityType.task ? (task?.status ?? null) : null;
      return [id, { id, type, title, status }];
    }),
  );
}
