import { Unavailable, type UserId } from '@synap/domain';
import { and, asc, eq, gt, inArray, lt } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { type EventFilter, matchesFilter } from '../event-log/event-filter.ts';
import { aggregates, archiveSegments } from '../schema/schema.ts';
import type { LogRow } from './log-row.ts';
import { readSegment, type SegmentSource } from './segment-codec.ts';

/** Where archive segments lie: immutable files. Each method throws `Unavailable` if the store fails. */
export interface SegmentStore {
  /** @throws {NotFound} if there is no such segment. */
  open(path: string): Promise<SegmentSource>;
  /** Stores a segment of one user; durable when this returns. */
  put(userId: UserId, bytes: Uint8Array): Promise<{ path: string; sizeBytes: number; checksum: string }>;
  remove(path: string): Promise<void>;
}

/** A segment as the table of segments has it. */
export type SegmentEntry = typeof archiveSegments.$inferSelect;

/** The part of the log that lies in archive segments. Each method gives rows as `live-rows.ts` does of the table. */
export interface ArchivedRows {
  /** The archived rows of these streams, in no particular order. */
  ofStreams(streams: { userId: UserId; aggregateIds: readonly string[] }): Promise<LogRow[]>;
  /** At the most `limit` rows after a position, in position order. */
  after(page: { after: bigint; limit: number; filter: EventFilter }): Promise<LogRow[]>;
  /** One user's rows from an instant to before another, by time and position. */
  between(range: { userId: UserId; from: Date; to: Date }): Promise<LogRow[]>;
  /** All rows of one request, run or import. */
  correlated(correlated: { userId: UserId; correlationId: string }): Promise<LogRow[]>;
}

/** Every segment of the log, as the table of segments has it. */
export function listSegments(queries: Queryable): Promise<SegmentEntry[]> {
  return queries.select().from(archiveSegments).orderBy(asc(archiveSegments.path));
}

/** How many decoded segments are kept: a reader that goes through the log page by page comes back to the same one. */
const DECODED_MAX = 2;

/**
 * Reads the archived part of the log.
 * @param files `null` where this process has no file store; it then fails as soon as there is a segment to be read.
 */
export function createArchivedRows(queries: Queryable, files: SegmentStore | null): ArchivedRows {
  const decoded = new Map<string, LogRow[]>();

  const open = (path: string): Promise<SegmentSource> => {
    if (files === null)
      throw new Unavailable('event log', `The archive segment ${path} cannot be read without a file store.`);
    return files.open(path);
  };
  const decode = async (path: string): Promise<LogRow[]> => {
    const known = decoded.get(path);
    if (known !== undefined) return known;
    const rows: LogRow[] = [];
    for await (const row of readSegment(await open(path))) rows.push(row);
    rows.sort(byPosition);
    const [oldest] = decoded.keys();
    if (oldest !== undefined && decoded.size >= DECODED_MAX) decoded.delete(oldest);
    decoded.set(path, rows);
    return rows;
  };
  const list = (conditions: Parameters<typeof and>): Promise<SegmentEntry[]> =>
    queries
      .select()
      .from(archiveSegments)
      .where(and(...conditions))
      .orderBy(asc(archiveSegments.minPosition));

  return {
    ofStreams: async ({ userId, aggregateIds }) => {
      const archived = await queries
        .select({ id: aggregates.id })
        .from(aggregates)
        .where(
          and(
            eq(aggregates.userId, userId),
            inArray(aggregates.id, [...aggregateIds]),
            gt(aggregates.archivedVersion, 0),
          ),
        );
      if (archived.length === 0) return [];
      const ids = archived.map(({ id }) => id);
      const rows: LogRow[] = [];
      for (const { path } of await list([eq(archiveSegments.userId, userId)])) {
        for await (const row of readSegment(await open(path), { aggregateIds: ids })) rows.push(row);
      }
      return rows;
    },
    after: async ({ after, limit, filter }) => {
      const ofUser = filter.userId === undefined ? [] : [eq(archiveSegments.userId, filter.userId)];
      let rows: LogRow[] = [];
      for (const { path, minPosition } of await list([gt(archiveSegments.maxPosition, after), ...ofUser])) {
        const last = rows[limit - 1];
        // Segments come by their first position: what is full before the next begins is complete.
        if (last !== undefined && last.position < minPosition) break;
        const more = (await decode(path)).filter((row) => row.position > after && matchesFilter(row, filter));
        rows = [...rows, ...more].sort(byPosition).slice(0, limit);
      }
      return rows;
    },
    between: async ({ userId, from, to }) => {
      const rows: LogRow[] = [];
      const segments = await list([
        eq(archiveSegments.userId, userId),
        gt(archiveSegments.toTime, from),
        lt(archiveSegments.fromTime, to),
      ]);
      for (const { path } of segments) {
        rows.push(...(await decode(path)).filter((row) => row.timestamp >= from && row.timestamp < to));
      }
      return rows.sort(byTime);
    },
    correlated: async ({ userId, correlationId }) => {
      const rows: LogRow[] = [];
      for (const { path } of await list([eq(archiveSegments.userId, userId)])) {
        for await (const row of readSegment(await open(path))) {
          if (row.correlationId === correlationId) rows.push(row);
        }
      }
      return rows.sort(byPosition);
    },
  };
}

function byPosition(left: LogRow, right: LogRow): number {
  return left.position < right.position ? -1 : Number(left.position > right.position);
}

function byTime(left: LogRow, right: LogRow): number {
  return left.timestamp.getTime() - right.timestamp.getTime() || byPosition(left, right);
}
