import { UserId } from '@synap/domain';
import { asc, count, gt, sql } from 'drizzle-orm';
import type { Database, Queryable, Transaction } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import type { EventLog } from '../event-log/event-log.ts';
import type { LogReader } from '../event-log/log-reader.ts';
import type { Sources } from '../projection/load-for-change.ts';
import { foldStreams } from '../projection/project-streams.ts';
import { saveStates } from '../projection/save-states.ts';
import { aggregates, events } from '../schema/schema.ts';
import {
  createShadowIndexes,
  createShadowTables,
  lockProjections,
  SHADOW_SCHEMA,
  swapTables,
} from './shadow-tables.ts';

/*
 * Folds every stream anew into shadow tables and puts these in the place of the real ones, while everybody goes on
 * reading and writing:
 *
 *   1. fold    stream by stream, in the order of their ids, a page at a time: memory is bounded by a page
 *   2. follow  the streams that were written to meanwhile, by the log's positions, until little is left
 *   3. swap    in one transaction that holds the projections: what was written since, then the tables
 *
 * How far it has come is kept with each page, so a rebuild that was ended goes on where it was. A writer that waits for
 * the swap stores its rows into the new tables: PostgreSQL looks the name up again once it has the lock.
 */

/** How far a rebuild has come. */
export interface RebuildProgress {
  readonly stage: 'fold' | 'follow' | 'swap';
  readonly streams: number;
  /** As counted at the start; more may come. */
  readonly totalStreams: number;
  readonly events: number;
}

/** A page ends with the stream that takes it over one of these. */
const STREAMS_PER_PAGE = 500;
const EVENTS_PER_PAGE = 5_000;
/** What is left when the swap begins: it is folded while writers wait. */
const TAIL_EVENTS = 500;

/**
 * Rebuilds every projection from the log; goes on with a rebuild that was ended before it was done.
 *
 * @returns what was done in all, over all its runs.
 * @throws whatever the database does; the real tables are then as they were.
 */
export async function rebuildProjections(
  sources: Sources,
  options: { signal?: AbortSignal; onProgress?: (progress: RebuildProgress) => void } = {},
): Promise<RebuildProgress> {
  const { signal, onProgress = () => undefined } = options;
  let state = await beginOrResume(sources);
  const report = (stage: RebuildProgress['stage']): RebuildProgress => {
    const { streams, totalStreams, events: eventCount } = state;
    const progress = { stage, streams, totalStreams, events: eventCount };
    onProgress(progress);
    return progress;
  };
  for (;;) {
    signal?.throwIfAborted();
    const { page, isLast } = await readStreamPage(sources.log, state);
    state = await foldPage(sources, state, page);
    report('fold');
    // What is begun from here on is followed by position: else writers who begin streams would be run after for ever.
    if (isLast) break;
  }
  await createShadowIndexes(sources.database.queries);
  for (;;) {
    signal?.throwIfAborted();
    const { events: changed, upTo } = await sources.log.readAll({ after: state.position, limit: EVENTS_PER_PAGE });
    state = await followPage(sources, state, { changed, upTo });
    report('follow');
    if (changed.length < TAIL_EVENTS) break;
  }
  await swap(sources, state);
  return report('swap');
}

/** As the table `synap_rebuild.progress` keeps it. */
interface RebuildState {
  /** The log was read up to here, beside the streams that are still to be folded. */
  readonly position: bigint;
  /** The last stream that was folded; `null` before the first. */
  readonly lastStream: { readonly userId: string; readonly id: string } | null;
  readonly streams: number;
  readonly totalStreams: number;
  readonly events: number;
}

interface StreamEntry {
  readonly id: string;
  readonly userId: string;
  readonly version: number;
}

async function beginOrResume({ database, log }: Sources): Promise<RebuildState> {
  const [exists] = await selectRows<{ exists: boolean }>(
    database.queries,
    sql`select to_regnamespace(${SHADOW_SCHEMA}) is not null as exists`,
  );
  if (exists?.exists === true) return readState(database.queries);
  // Before anything is folded: every later event is followed.
  const position = await log.readWatermark();
  const [total] = await log.database.queries.select({ count: count() }).from(aggregates);
  const state: RebuildState = { position, lastStream: null, streams: 0, totalStreams: total?.count ?? 0, events: 0 };
  await database.queries.transaction(async (transaction) => {
    await createShadowTables(transaction);
    await transaction.execute(
      sql.raw(`create table ${SHADOW_SCHEMA}.progress (
        position bigint not null, last_user_id uuid, last_id uuid, streams bigint not null,
        total_streams bigint not null, events bigint not null
      )`),
    );
    await transaction.execute(
      sql`insert into ${sql.raw(SHADOW_SCHEMA)}.progress values (${position}, null, null, 0, ${state.totalStreams}, 0)`,
    );
  });
  return state;
}

async function readState(queries: Queryable): Promise<RebuildState> {
  const [row] = await selectRows<{
    position: string | number | bigint;
    last_user_id: string | null;
    last_id: string | null;
    streams: string | number;
    total_streams: string | number;
    events: string | number;
  }>(queries, sql`select * from ${sql.raw(SHADOW_SCHEMA)}.progress`);
  if (row === undefined) throw new Error(`The schema ${SHADOW_SCHEMA} is not a rebuild's. Drop it and start again.`);
  const { last_user_id: userId, last_id: id } = row;
  return {
    position: BigInt(row.position),
    lastStream: userId === null || id === null ? null : { userId, id },
    streams: Number(row.streams),
    totalStreams: Number(row.total_streams),
    events: Number(row.events),
  };
}

/** Streams after the last one, in the order of user and id; whether there were no more when they were read. */
async function readStreamPage(
  log: EventLog,
  { lastStream }: RebuildState,
): Promise<{ page: StreamEntry[]; isLast: boolean }> {
  const rows = await log.database.queries
    .select({ id: aggregates.id, userId: aggregates.userId, version: aggregates.version })
    .from(aggregates)
    .where(
      lastStream === null
        ? undefined
        : sql`(${aggregates.userId}, ${aggregates.id}) > (${lastStream.userId}::uuid, ${lastStream.id}::uuid)`,
    )
    .orderBy(asc(aggregates.userId), asc(aggregates.id))
    .limit(STREAMS_PER_PAGE);
  let eventCount = 0;
  const end = rows.findIndex(({ version }) => {
    eventCount += version;
    return eventCount >= EVENTS_PER_PAGE;
  });
  const page = end === -1 ? rows : rows.slice(0, end + 1);
  return { page, isLast: page.length < STREAMS_PER_PAGE && page.length === rows.length };
}

async function foldPage(sources: Sources, state: RebuildState, page: readonly StreamEntry[]): Promise<RebuildState> {
  const last = page.at(-1);
  const next: RebuildState = {
    ...state,
    lastStream: last === undefined ? state.lastStream : { userId: last.userId, id: last.id },
    streams: state.streams + page.length,
    events: state.events + page.reduce((sum, { version }) => sum + version, 0),
  };
  const folded = await foldAll(sources.log, page);
  await saveToShadow(sources.database, folded, next);
  return next;
}

async function followPage(
  sources: Sources,
  state: RebuildState,
  { changed, upTo }: { changed: readonly { aggregateId: string; userId: UserId }[]; upTo: bigint },
): Promise<RebuildState> {
  const next: RebuildState = { ...state, position: upTo, events: state.events + changed.length };
  const folded = await foldAll(
    sources.log,
    changed.map(({ aggregateId: id, userId }) => ({ id, userId })),
  );
  await saveToShadow(sources.database, folded, next);
  return next;
}

type Folded = Awaited<ReturnType<typeof foldStreams>>;

/** Folds streams of any users; each once. */
async function foldAll(
  log: LogReader,
  streams: readonly { readonly id: string; readonly userId: string }[],
): Promise<Folded> {
  const idsByUser = new Map<string, Set<string>>();
  for (const { id, userId } of streams) {
    const ids = idsByUser.get(userId) ?? new Set();
    idsByUser.set(userId, ids.add(id));
  }
  const all: Folded = { entities: [], relations: [], users: [], gone: [] };
  for (const [userId, ids] of idsByUser) {
    const folded = await foldStreams(log, { userId: UserId.parse(userId), aggregateIds: [...ids] });
    all.entities.push(...folded.entities);
    all.relations.push(...folded.relations);
    all.users.push(...folded.users);
    all.gone.push(...folded.gone);
  }
  return all;
}

/** The states and how far the rebuild has come, in one transaction. */
async function saveToShadow({ queries }: Database, folded: Folded, state: RebuildState): Promise<void> {
  await queries.transaction(async (transaction) => {
    await storeInShadow(transaction, folded);
    await transaction.execute(
      sql`update ${sql.raw(SHADOW_SCHEMA)}.progress set position = ${state.position},
        last_user_id = ${state.lastStream?.userId ?? null}::uuid, last_id = ${state.lastStream?.id ?? null}::uuid,
        streams = ${state.streams}, events = ${state.events}`,
    );
  });
}

async function storeInShadow(transaction: Transaction, { gone, ...states }: Folded): Promise<void> {
  const [row] = await selectRows<{ path: string }>(transaction, sql`select current_setting('search_path') as path`);
  await transaction.execute(sql.raw(`set local search_path = ${SHADOW_SCHEMA}, ${row?.path ?? 'public'}`));
  await saveStates(transaction, states);
  for (const table of ['entities', 'relations']) {
    if (gone.length > 0) await transaction.execute(sql`delete from ${sql.raw(table)} where id in ${gone}`);
  }
  await transaction.execute(sql.raw(`set local search_path = ${row?.path ?? 'public'}`));
}

/**
 * The last step, while nobody else is at the projections. What is committed by now is read, whatever the watermark says:
 * a write that is not, waits here for its rows, and stores them into the new tables itself.
 */
async function swap({ database, log }: Sources, { position }: RebuildState): Promise<void> {
  await database.queries.transaction(async (transaction) => {
    await lockProjections(transaction);
    const isOneDatabase = log.database === database;
    const reader = isOneDatabase ? log.readingIn(transaction) : log;
    const changed = await (isOneDatabase ? transaction : log.database.queries)
      .selectDistinct({ id: events.aggregateId, userId: events.userId })
      .from(events)
      .where(gt(events.position, position));
    await storeInShadow(transaction, await foldAll(reader, changed));
    await swapTables(transaction);
    await transaction.execute(sql.raw(`drop schema ${SHADOW_SCHEMA} cascade`));
  });
}

/** Forgets a rebuild that was not finished. */
export async function abandonRebuild({ queries }: Database): Promise<void> {
  await queries.execute(sql.raw(`drop schema if exists ${SHADOW_SCHEMA} cascade`));
}
