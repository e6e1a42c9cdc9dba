import { loadEntity, loadEntityAsOf } from '@synap/database';
import type { EntityId, EntityState, UserId } from '@synap/domain';
import superjson from 'superjson';
import { entityEntry } from '../cache/entries.ts';
import type { Parts } from '../parts.ts';
import { type CalendarEventView, type EntityView, type RelationView, type TaskView, viewEntity } from '../views.ts';
import { type PointInTime, refuseFuture } from './as-of.ts';
import { type LinkedThings, readLinkedThings } from './linked-things.ts';
import { readRelations } from './read-relations.ts';

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

/** Those of its own text, and as many again; `entities.backlinks` has them all, page by page. */
const CONTENT_LINKS_MAX = 2_000;

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
  const state = await readState(parts, userId, { id, asOf });
  const { relations } = await readRelations(parts, userId, { states: [state], asOf, limit: CONTENT_LINKS_MAX });
  const entity = viewEntity(state);
  const linked = await readLinkedThings(parts, userId, { states: [state], relations, asOf });
  return {
    entity,
    task: entity.task,
    event: entity.event,
    tags: entity.tags,
    relations: [...relations],
    linked: linked.get(id) ?? { blockedBy: [], blocks: [], contains: [], progress: null },
    provenance: state.provenance,
  };
}

/** The state of one entity, now or as it was. @throws {NotFound} */
export async function readState(
  parts: Parts,
  userId: UserId,
  { id, asOf }: { id: EntityId } & PointInTime,
): Promise<EntityState> {
  if (asOf !== undefined) return loadEntityAsOf(parts, userId, { id, asOf });
  const kept = await parts.cache.read(entityEntry(userId, id), async () =>
    superjson.serialize(await loadEntity(parts.database.queries, userId, id)),
  );
  return superjson.deserialize(kept);
}
