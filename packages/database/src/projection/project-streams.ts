import {
  AggregateType,
  type EntityState,
  foldEntity,
  foldRelation,
  foldUser,
  type RelationState,
  type UserId,
  type UserState,
} from '@synap/domain';
import { and, eq, inArray } from 'drizzle-orm';
import type { Database } from '../connection/database.ts';
import type { EventLog } from '../event-log/event-log.ts';
import type { LogReader } from '../event-log/log-reader.ts';
import { entities, relations } from '../schema/schema.ts';
import { saveStates } from './save-states.ts';

/** Streams of one user, folded from the whole of their events. */
export interface FoldedStreams {
  readonly entities: EntityState[];
  readonly relations: RelationState[];
  readonly users: UserState[];
  /** Streams that fold to nothing: what they were was erased for good. */
  readonly gone: string[];
}

/** Reads streams from the log and folds them; one that has no events is left out. */
export async function foldStreams(
  log: LogReader,
  { userId, aggregateIds }: { userId: UserId; aggregateIds: readonly string[] },
): Promise<FoldedStreams> {
  const folded: FoldedStreams = { entities: [], relations: [], users: [], gone: [] };
  for (const [id, events] of await log.readAggregates(userId, aggregateIds)) {
    const [first] = events;
    if (first?.aggregateType === AggregateType.entity) keep(folded.entities, folded.gone, id, foldEntity(events));
    if (first?.aggregateType === AggregateType.relation) keep(folded.relations, folded.gone, id, foldRelation(events));
    if (first?.aggregateType === AggregateType.user) keep(folded.users, folded.gone, id, foldUser(events));
  }
  return folded;
}

function keep<State>(states: State[], gone: string[], id: string, state: State | null): void {
  if (state === null) gone.push(id);
  else states.push(state);
}

/** Brings the rows of streams to what the log says. A row of a later version than was read stays. */
export async function projectStreams(
  { database, log }: { database: Database; log: EventLog },
  streams: { userId: UserId; aggregateIds: readonly string[] },
): Promise<void> {
  const folded = await foldStreams(log, streams);
  await saveStates(database.queries, folded);
  await deleteStates(database, { userId: streams.userId, ids: folded.gone });
}

/** Removes the rows of entities and relations, and what hangs on them. */
export async function deleteStates(
  { queries }: Pick<Database, 'queries'>,
  { userId, ids }: { userId: UserId; ids: readonly string[] },
): Promise<void> {
  if (ids.length === 0) return;
  await queries.delete(relations).where(and(eq(relations.userId, userId), inArray(relations.id, [...ids])));
  await queries.delete(entities).where(and(eq(entities.userId, userId), inArray(entities.id, [...ids])));
}
