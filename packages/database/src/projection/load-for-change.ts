import {
  type EntityId,
  type EntityState,
  NotFound,
  type RelationId,
  type RelationState,
  type UserId,
} from '@synap/domain';
import { and, eq, sql } from 'drizzle-orm';
import type { Database } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import type { EventLog } from '../event-log/event-log.ts';
import type { StreamHead } from '../event-log/stream-head.ts';
import { aggregates, entities, eventDetails, taskDetails } from '../schema/schema.ts';
import { stateColumns, toEntityState } from './entity-row.ts';
import { loadEntity } from './load-entity.ts';
import { projectStreams } from './project-streams.ts';
import { loadRelation } from './relations.ts';
import type { TableId } from './save-states.ts';

/** What a decision needs: a state, and the head of the stream that it was folded from. */
export interface LoadedForChange<State> {
  readonly state: State;
  readonly head: StreamHead;
  /** Goes with the state when it is stored, see `RowsRebuilt`. */
  readonly readFrom: TableId;
}

/** Where states and streams are read from; one database or two. */
export interface Sources {
  readonly database: Database;
  readonly log: EventLog;
}

/**
 * One entity with the head of its stream.
 * @throws {NotFound} if there is none, or it belongs to somebody else.
 */
export async function loadEntityForChange(
  sources: Sources,
  userId: UserId,
  id: EntityId,
): Promise<LoadedForChange<EntityState>> {
  const { database, log } = sources;
  if (log.database !== database) return loadFromTwo(sources, userId, id, loadEntity);
  const [row] = await database.queries
    .select({ ...stateColumns, version: aggregates.version, digest: aggregates.digest, readFrom: tableOfEntities })
    .from(entities)
    .leftJoin(taskDetails, eq(taskDetails.entityId, entities.id))
    .leftJoin(eventDetails, eq(eventDetails.entityId, entities.id))
    .innerJoin(aggregates, eq(aggregates.id, entities.id))
    .where(and(eq(entities.userId, userId), eq(entities.id, id)));
  if (row === undefined) throw new NotFound('entity', id);
  const { version, digest, readFrom } = row;
  return { state: toEntityState(row), head: { version, digest }, readFrom };
}

/**
 * As `loadEntityForChange`, for a relation.
 * @throws {NotFound} if there is none, or it belongs to somebody else.
 */
export function loadRelationForChange(
  sources: Sources,
  userId: UserId,
  id: RelationId,
): Promise<LoadedForChange<RelationState>> {
  return loadFromTwo(sources, userId, id, loadRelation);
}

/** The head is read first: a write in between makes the state newer than the head, and the append a conflict. */
async function loadFromTwo<Id extends string, State extends { readonly version: number }>(
  sources: Sources,
  userId: UserId,
  id: Id,
  load: (queries: Database['queries'], userId: UserId, id: Id) => Promise<State>,
): Promise<LoadedForChange<State>> {
  const { database, log } = sources;
  const head = (await log.readHeads(userId, [id])).get(id);
  const readFrom = await readTableOfEntities(database.queries);
  if (head === undefined) throw new NotFound('stream', id);
  const state = await load(database.queries, userId, id).catch((error: unknown) => {
    if (error instanceof NotFound) return null;
    throw error;
  });
  if (state !== null && state.version >= head.version) return { state, head, readFrom };
  // The rows lag behind the log: a write was cut off between its two commits.
  await projectStreams(sources, { userId, aggregateIds: [id] });
  return { state: await load(database.queries, userId, id), head, readFrom };
}

const oidOfEntities = sql<TableId>`to_regclass('entities')::oid::bigint`.mapWith(Number);
const tableOfEntities = oidOfEntities.as('read_from');

async function readTableOfEntities(queries: Database['queries']): Promise<TableId> {
  const [row] = await selectRows<{ read_from: string | number }>(queries, sql`select ${oidOfEntities} as read_from`);
  return Number(row?.read_from);
}
