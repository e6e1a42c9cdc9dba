import { AggregateType, type StoredEvent, Unavailable, UserId } from '@synap/domain';
import { inArray, sql } from 'drizzle-orm';
import { selectRows } from '../connection/select-rows.ts';
import { type DurableSubscriber, subscribeDurably } from '../event-log/durable-subscriber.ts';
import { entities, relations } from '../schema/schema.ts';
import type { Sources } from './load-for-change.ts';
import { projectStreams } from './project-streams.ts';
import { loadUserState } from './user-state.ts';

/**
 * Keeps the rows at what the log says, where the log has a database of its own: a write that was cut off after its
 * append and before its rows is finished here, from the log. Goes through each event once and, as a rule, finds its
 * stream's rows at that version or later already.
 */
export function repairFromLog(
  sources: Sources,
  options: { owner: string; pollIntervalMs: number; onError: (error: unknown) => void },
): DurableSubscriber {
  const { database, log } = sources;
  return subscribeDurably({
    ...options,
    name: 'projector',
    queries: database.queries,
    log,
    filter: {},
    handle: (event) => projectIfBehind(sources, event),
  });
}

/** Brings the rows of an event's stream to what the log says, if they are of an earlier version than the event. */
export async function projectIfBehind(
  sources: Sources,
  { userId, aggregateId, aggregateType, version }: StoredEvent,
): Promise<void> {
  const present = await presentVersion(sources, { aggregateId, aggregateType });
  if (present < version) await projectStreams(sources, { userId, aggregateIds: [aggregateId] });
}

async function presentVersion(
  { database: { queries } }: Sources,
  { aggregateId, aggregateType }: { aggregateId: string; aggregateType: AggregateType },
): Promise<number> {
  if (aggregateType === AggregateType.user) {
    return (await loadUserState(queries, UserId.parse(aggregateId)))?.version ?? 0;
  }
  const table = aggregateType === AggregateType.relation ? relations : entities;
  const [row] = await queries
    .select({ version: table.version })
    .from(table)
    .where(inArray(table.id, [aggregateId]));
  return row?.version ?? 0;
}

/**
 * Refuses to go on with rows of one log and the events of another: it happens when EVENTS_DATABASE_URL is set, changed
 * or taken away on an installation that has data.
 *
 * @throws {Unavailable} if there are rows and the log is empty.
 */
export async function refuseForeignLog({ database, log }: Sources): Promise<void> {
  const [state] = await selectRows<{ exists: boolean }>(
    database.queries,
    sql`select exists (select from entities) as exists`,
  );
  if (state?.exists !== true || (await log.readWatermark()) > 0n) return;
  throw new Unavailable(
    'event log',
    'The state has rows, but the log of EVENTS_DATABASE_URL is empty: it is not the log that they come from. Set EVENTS_DATABASE_URL to the right database, or leave it out to use the log beside the state.',
  );
}
