import type { StoredEvent, UserId } from '@synap/domain';
import { type SQL, sql } from 'drizzle-orm';
import type { SegmentStore } from '../archive/archived-rows.ts';
import type { Database, Queryable } from '../connection/database.ts';
import { databaseFailure } from '../connection/database-failure.ts';
import { selectRows } from '../connection/select-rows.ts';
import { type AppendToWrite, prepareAppend, type StreamAppend } from './append.ts';
import { type AppendSignal, createAppendSignal, listenTo } from './append-signal.ts';
import type { EventFilter } from './event-filter.ts';
import { type GroupedWrite, groupCommits } from './group-commits.ts';
import { initTimescale } from './init-timescale.ts';
import { createLogReader, type LogPage, type LogReader } from './log-reader.ts';
import type { LogStorage } from './log-storage.ts';
import { writeFailure } from './write-failure.ts';

/** The answer of a request that carries an idempotency key, kept with what the request wrote. */
export interface KeptAnswer {
  readonly userId: UserId;
  readonly key: string;
  readonly requestHash: string;
  readonly answer: unknown;
  readonly createdAt: Date;
}

/** The immutable log of what happened. */
export interface EventLog extends LogReader {
  /** Where the log lies. */
  readonly database: Database;
  readonly storage: LogStorage;
  /** Where its archived parts lie; `null` where this process has no store for them. */
  readonly segments: SegmentStore | null;
  /** Raised after each append of this process. */
  readonly appended: AppendSignal;

  /**
   * Appends events to any number of streams in one statement, all or none. `head` is each stream's expected version.
   *
   * @returns the events as stored, in the order in which they came.
   * @throws {ValidationFailed} if an event does not fit its declaration.
   * @throws {ConcurrencyConflict} naming a stream that has moved on since its head was read.
   * @throws {Unprocessable} if the log has an event with the id of one of these.
   */
  append(appends: readonly StreamAppend[], options?: AppendOptions): Promise<StoredEvent[]>;

  /** The log as a transaction sees it. */
  readingIn(transaction: Queryable): LogReader;

  /**
   * Every event after a position: what is there, then what comes, until the signal is aborted. Each position once and
   * in order; when the database is out of reach, it waits and goes on where it was.
   */
  subscribe(subscription: {
    after: bigint;
    filter?: EventFilter;
    signal: AbortSignal;
    pollIntervalMs?: number;
  }): AsyncIterable<StoredEvent>;
}

export interface AppendOptions {
  /** Keeps the request's answer under its key in the same transaction. @throws {IdempotencyKeyTaken} */
  readonly answer?: KeptAnswer | null;
}

const PAGE_SIZE = 500;
const POLL_INTERVAL_MS = 1_000;

/**
 * Opens the log in a database, which is brought into the best form that it offers.
 *
 * @param options.segments where archive segments lie; needed as soon as there are some.
 * @throws {Unavailable} as `initTimescale`.
 */
export async function openEventLog(
  database: Database,
  { segments = null }: { segments?: SegmentStore | null } = {},
): Promise<EventLog> {
  const { queries } = database;
  const storage = await initTimescale(queries);
  const appended = createAppendSignal();
  const appendInGroup = groupCommits((writes: readonly QueuedAppend[]) => appendTogether(queries, writes));
  const log: EventLog = {
    ...createLogReader(queries, segments),
    database,
    storage,
    segments,
    appended,
    append: async (appends, { answer = null } = {}) => {
      const prepared = appends.map(prepareAppend);
      const positions = await appendInGroup({ ...groupedAs(prepared, answer), prepared, answer });
      appended.raise();
      return prepared
        .flatMap(({ events }) => events)
        .map((event, index) => ({ ...event, position: positions[index] ?? 0n }));
    },
    readingIn: (transaction) => createLogReader(transaction, segments),
    subscribe: (subscription) => follow(log, subscription),
  };
  return log;
}

interface QueuedAppend extends GroupedWrite {
  readonly prepared: readonly AppendToWrite[];
  readonly answer: KeptAnswer | null;
}

/** What appends, and the answer that is kept with them, claim for themselves while they are committed. */
export function groupedAs(prepared: readonly AppendToWrite[], answer: KeptAnswer | null): GroupedWrite {
  const key = answer === null ? null : `${answer.userId} ${answer.key}`;
  return { streamIds: prepared.map(({ stream }) => stream.id), key };
}

/** Several appends as one statement. @returns the positions of each. */
async function appendTogether(queries: Queryable, appends: readonly QueuedAppend[]): Promise<bigint[][]> {
  const positions = await appendPrepared(queries, {
    prepared: appends.flatMap(({ prepared }) => prepared),
    answers: appends.flatMap(({ answer }) => answer ?? []),
  });
  let start = 0;
  return appends.map(({ prepared }) => {
    const count = prepared.reduce((sum, { rows }) => sum + rows.length, 0);
    start += count;
    return positions.slice(start - count, start);
  });
}

/**
 * Appends what is prepared, in the statement's own transaction or that of `queries`.
 * @returns the positions, in the order of the events.
 */
export async function appendPrepared(
  queries: Queryable,
  append: { prepared: readonly AppendToWrite[]; answers: readonly KeptAnswer[] },
): Promise<bigint[]> {
  try {
    const [row] = await selectRows<{ positions: (string | number | bigint)[] }>(
      queries,
      sql`select ${appendCall(append)} as positions`,
    );
    return (row?.positions ?? []).map(BigInt);
  } catch (error) {
    throw writeFailure(error);
  }
}

/** The call of `append_events`, to be part of a statement. */
export function appendCall({
  prepared,
  answers,
}: {
  prepared: readonly AppendToWrite[];
  answers: readonly KeptAnswer[];
}): SQL {
  const written = prepared.filter(({ rows }) => rows.length > 0);
  const streams = JSON.stringify(written.map(({ stream }) => stream));
  const rows = JSON.stringify(written.flatMap((append) => append.rows));
  return sql`append_events(${JSON.stringify(answers)}::jsonb, ${streams}::jsonb, ${rows}::jsonb)`;
}

async function* follow(log: EventLog, subscription: Parameters<EventLog['subscribe']>[0]): AsyncGenerator<StoredEvent> {
  const { filter = {}, signal, pollIntervalMs = POLL_INTERVAL_MS } = subscription;
  const listener = listenTo(log.appended);
  let { after } = subscription;
  try {
    while (!signal.aborted) {
      const page = await readUnlessDown(log, { after, limit: PAGE_SIZE, filter });
      for (const event of page?.events ?? []) {
        if (signal.aborted) return;
        yield event;
      }
      if (page !== null) after = page.upTo;
      if (page?.events.length !== PAGE_SIZE) await listener.wait({ timeoutMs: pollIntervalMs, signal });
    }
  } finally {
    listener.close();
  }
}

/** @returns `null` if the database is out of reach: the reader's place is not lost, it asks again. */
async function readUnlessDown(log: EventLog, page: Parameters<EventLog['readAll']>[0]): Promise<LogPage | null> {
  try {
    return await log.readAll(page);
  } catch (error) {
    if (databaseFailure(error) === null) throw error;
    return null;
  }
}
