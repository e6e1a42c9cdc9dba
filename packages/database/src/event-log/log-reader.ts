import { type CorrelationId, type StoredEvent, Unavailable, type UserId } from '@synap/domain';
import { type ArchivedRows, createArchivedRows, type SegmentStore } from '../archive/archived-rows.ts';
import type { LogRow } from '../archive/log-row.ts';
import type { Queryable } from '../connection/database.ts';
import type { EventFilter } from './event-filter.ts';
import {
  type RangeCursor,
  readCorrelatedRows,
  readRowsAfter,
  readRowsBetween,
  readStreamRows,
  readWatermark,
} from './live-rows.ts';
import { toStoredEvent } from './stored-event.ts';
import { readStreamHeads, type StreamHead } from './stream-head.ts';

/** A part of the log in position order. */
export interface LogPage {
  readonly events: StoredEvent[];
  /** Nothing that fits the filter lies at or before this position and after the asked one beside `events`. */
  readonly upTo: bigint;
}

/** One user's stream. */
export interface StreamAddress {
  readonly userId: UserId;
  readonly aggregateId: string;
}

/** Reads the log as one, wherever its parts lie: in the table of events and in archive segments. */
export interface LogReader {
  /** All events of one stream, in version order. */
  readAggregate(stream: StreamAddress): Promise<StoredEvent[]>;

  /** As `readAggregate`, for several streams of one user at once; a stream without events is left out. */
  readAggregates(userId: UserId, aggregateIds: readonly string[]): Promise<Map<string, StoredEvent[]>>;

  /** As `readAggregates`, as the rows are stored: what `verify` must see. */
  readRows(userId: UserId, aggregateIds: readonly string[]): Promise<Map<string, LogRow[]>>;

  /** The version and digest of each stream's last event; what is no stream of this user is left out. */
  readHeads(userId: UserId, aggregateIds: readonly string[]): Promise<Map<string, StreamHead>>;

  /**
   * Events after a position, in position order, as far as the log is settled: what is not given now comes with a
   * position greater than `upTo` later, never with a smaller one.
   */
  readAll(page: { after: bigint; limit: number; filter?: EventFilter }): Promise<LogPage>;

  /** One user's events from an instant to before another, in the order of time, page by page. */
  readRange(range: { userId: UserId; from: Date; to: Date; pageSize?: number }): AsyncIterable<StoredEvent>;

  /** All that one request, run or import wrote, in position order. */
  readCorrelated(correlated: { userId: UserId; correlationId: CorrelationId }): Promise<StoredEvent[]>;

  /** The greatest position up to which the log is settled. */
  readWatermark(): Promise<bigint>;
}

const PAGE_SIZE = 500;

/** A reader of the log on a connection or, to see what a transaction sees, in it. */
export function createLogReader(queries: Queryable, files: SegmentStore | null): LogReader {
  const archive = createArchivedRows(queries, files);
  const readRows: LogReader['readRows'] = async (userId, aggregateIds) => {
    const live = await readStreamRows(queries, { userId, aggregateIds });
    return groupByStream(await withArchived(archive, { userId, aggregateIds, live }));
  };
  const readAggregates: LogReader['readAggregates'] = async (userId, aggregateIds) =>
    new Map([...(await readRows(userId, aggregateIds))].map(([id, rows]) => [id, rows.map(toStoredEvent)]));
  return {
    readRows,
    readAggregates,
    readAggregate: async ({ userId, aggregateId }) =>
      (await readAggregates(userId, [aggregateId])).get(aggregateId) ?? [],
    readHeads: (userId, aggregateIds) => readStreamHeads(queries, userId, aggregateIds),
    readAll: async ({ after, limit, filter = {} }) => {
      const watermark = await readWatermark(queries);
      const live = await readRowsAfter(queries, { after, upTo: watermark, limit, filter });
      const archived = await archive.after({ after, limit, filter });
      const rows = mergeByPosition(live, archived).slice(0, limit);
      const last = rows.at(-1);
      const isFull = rows.length === limit && last !== undefined;
      return { events: rows.map(toStoredEvent), upTo: isFull ? last.position : maximum(watermark, after) };
    },
    readRange: async function* ({ userId, from, to, pageSize = PAGE_SIZE }) {
      // What is archived is older than what is not.
      const archived = await archive.between({ userId, from, to });
      yield* archived.map(toStoredEvent);
      let after: RangeCursor | null = null;
      for (;;) {
        const rows: LogRow[] = await readRowsBetween(queries, { userId, from, to, after, limit: pageSize });
        yield* rows.map(toStoredEvent);
        after = rows.at(-1) ?? null;
        if (after === null || rows.length < pageSize) break;
      }
      await refuseArchivedMeanwhile(archive, { userId, from, to, count: archived.length });
    },
    readCorrelated: async (correlated) => {
      const live = await readCorrelatedRows(queries, correlated);
      return mergeByPosition(live, await archive.correlated(correlated)).map(toStoredEvent);
    },
    readWatermark: () => readWatermark(queries),
  };
}

/**
 * Rows that went into the archive after it was read and before the table was are in neither reading.
 * @throws {Unavailable} if there are such rows.
 */
async function refuseArchivedMeanwhile(
  archive: ArchivedRows,
  { count, ...range }: { userId: UserId; from: Date; to: Date; count: number },
): Promise<void> {
  if ((await archive.between(range)).length === count) return;
  throw new Unavailable('event log', 'A part of the log was archived while it was read. Read it again.');
}

/** The streams' archived rows before their live ones. A stream whose first live row is its first has none. */
async function withArchived(
  archive: ArchivedRows,
  { userId, aggregateIds, live }: { userId: UserId; aggregateIds: readonly string[]; live: readonly LogRow[] },
): Promise<readonly LogRow[]> {
  const complete = new Set(live.filter(({ version }) => version === 1).map(({ aggregateId }) => aggregateId));
  const cut = aggregateIds.filter((id) => !complete.has(id));
  if (cut.length === 0) return live;
  const archived = await archive.ofStreams({ userId, aggregateIds: cut });
  return archived.length === 0 ? live : [...archived, ...live].sort((left, right) => left.version - right.version);
}

function groupByStream(rows: readonly LogRow[]): Map<string, LogRow[]> {
  const streams = new Map<string, LogRow[]>();
  for (const row of rows) {
    const stream = streams.get(row.aggregateId);
    if (stream === undefined) streams.set(row.aggregateId, [row]);
    else stream.push(row);
  }
  return streams;
}

/**
 * Both readings as one. The table is read before the archive: what moves from one to the other in between is then in
 * both, and never in neither.
 */
function mergeByPosition(live: readonly LogRow[], archived: readonly LogRow[]): readonly LogRow[] {
  if (archived.length === 0) return live;
  const byPosition = new Map([...live, ...archived].map((row) => [row.position, row]));
  return [...byPosition.values()].sort((one, other) => (one.position < other.position ? -1 : 1));
}

function maximum(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
