import { loadEntity, loadEntityAsOf } from '@synap/database';
import type { EntityId, EntityState, UserId } from '@synap/domain';
import superjson from 'superjson';
import { entityEntry } from '../cache/entries.ts';
import type { Parts } from '../parts.ts';
import { type CalendarEventView, type EntityView, type RelationView, type TaskView, viewEntity } from '../views.ts';
import { type PointInTime, refuseFuture } from './as-of.ts';
import { type LinkedThings, readLinkedThings, readLinkedThingsAsOf } from './linked-things.ts';
import { readRelations, readRelationsAsOf } from './read-relations.ts';

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
  if (asOf === undefined) {
    const limit = CONTENT_LINKS_MAX;
    const [state, { relations }] = await Promise.all([
      readState(parts, userId, { id }),
      readRelations(parts, userId, { ids: [id], limit }),
    ]);
    const linked = await readLinkedThings(parts, userId, { states: [state], relations });
    return viewDetails(state, relations, linked.get(id));
  }
  const state = await loadEntityAsOf(parts, userId, { id, asOf });
  const { relations } = await readRelationsAsOf(parts, userId, { states: [state], asOf, limit: CONTENT_LINKS_MAX });
  return viewDetails(state, relations, await readLinkedThingsAsOf(parts, userId, { state, relations, asOf }));
}

const NOTHING_LINKED: LinkedThings = { blockedBy: [], blocks: [], contains: [], progress: null };

function viewDetails(state: EntityState, relations: readonly RelationView[], linked = NOTHING_LINKED): EntityDetails {
  const entity = viewEntity(state);
  const { task, event, tags } = entity;
  return { entity, task, event, tags, relations: [...relations], linked, provenance: state.provenance };
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
