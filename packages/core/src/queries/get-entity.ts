import { listRelationsAsOf, listRelationsOf, loadEntity, loadEntityAsOf } from '@synap/database';
import type { EntityId, EntityState, UserId } from '@synap/domain';
import { entityEntry } from '../cache/entries.ts';
import type { Parts } from '../parts.ts';
import {
  type CalendarEventView,
  type EntityView,
  type RelationView,
  type TaskView,
  viewEntity,
  viewRelation,
} from '../views.ts';
import { type PointInTime, refuseFuture } from './as-of.ts';
import { type LinkedThings, readLinkedThings } from './linked-things.ts';

/** One entity with all that hangs on it. */
export interface EntityDetails {
  entity: EntityView;
  task: TaskView | null;
  event: CalendarEventView | null;
  tags: string[];
  relations: RelationView[];
  /** What of those links is shown by name. */
  linked: LinkedThings;
  /** Where each field's present value comes from: a person, a model, or Synap itself. */
  provenance: EntityState['provenance'];
}

/**
 * One of the user's entities, in the trash or not; now, or as it was at an instant.
 * @throws {NotFound} if there is none, or it belongs to somebody else.
 * @throws {ValidationFailed} if the instant is still to come.
 */
export async function getEntity(
  parts: Parts,
  userId: UserId,
  { id, asOf }: { id: EntityId } & PointInTime,
): Promise<EntityDetails> {
  refuseFuture(parts, { asOf });
  const load = () => loadDetails(parts, userId, { id, asOf });
  return asOf === undefined ? parts.cache.read(entityEntry(userId, id), load) : load();
}

async function loadDetails(
  parts: Parts,
  userId: UserId,
  { id, asOf }: { id: EntityId } & PointInTime,
): Promise<EntityDetails> {
  const state = await readState(parts, userId, { id, asOf });
  const relations =
    asOf === undefined
      ? await listRelationsOf(parts.database.queries, userId, [id])
      : await listRelationsAsOf(parts, userId, { entityIds: [id], asOf });
  const entity = viewEntity(state);
  const linked = await readLinkedThings(parts, userId, { states: [state], relations, asOf });
  return {
    entity,
    task: entity.task,
    event: entity.event,
    tags: entity.tags,
    relations: relations.map(viewRelation),
    linked: linked.get(id) ?? { blockedBy: [], blocks: [], contains: [], progress: null },
    provenance: state.provenance,
  };
}

/** The state of one entity, now or as it was. @throws {NotFound} */
export function readState(
  parts: Parts,
  userId: UserId,
  { id, asOf }: { id: EntityId } & PointInTime,
): Promise<EntityState> {
  return asOf === undefined
    ? loadEntity(parts.database.queries, userId, id)
    : loadEntityAsOf(parts, userId, { id, asOf });
}
