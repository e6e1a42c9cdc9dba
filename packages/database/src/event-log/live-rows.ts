import type { UserId } from '@synap/domain';
import { and, asc, eq, gt, gte, inArray, lt, lte, sql } from 'drizzle-orm';
import type { LogRow } from '../archive/log-row.ts';
import type { Queryable } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { events } from '../schema/schema.ts';
import { type EventFilter, filterConditions } from './event-filter.ts';

/*
 * The rows that lie in the table `events`. What lies in archive segments is beside them: see `event-log.ts`.
 */

/** All rows of the streams, by stream and version. */
export function readStreamRows(
  queries: Queryable,
  { userId, aggregateIds }: { userId: UserId; aggregateIds: readonly string[] },
): Promise<LogRow[]> {
  return queries
    .select()
    .from(events)
    .where(and(eq(events.userId, userId), inArray(events.aggregateId, [...aggregateIds])))
    .orderBy(asc(events.aggregateId), asc(events.version));
}

/** Rows after a position and up to another, in position order. */
export function readRowsAfter(
  queries: Queryable,
  { after, upTo, limit, filter }: { after: bigint; upTo: bigint; limit: number; filter: EventFilter },
): Promise<LogRow[]> {
  return queries
    .select()
    .from(events)
    .where(and(gt(events.position, after), lte(events.position, upTo), ...filterConditions(filter)))
    .orderBy(asc(events.position))
    .limit(limit);
}

/** One user's rows from an instant to before another, in the order of time. */
export function readRowsBetween(
  queries: Queryable,
  range: { userId: UserId; from: Date; to: Date; after: RangeCursor | null; limit: number },
): Promise<LogRow[]> {
  const { userId, from, to, after, limit } = range;
  const conditions = [eq(events.userId, userId), gte(events.timestamp, from), lt(events.timestamp, to)];
  if (after !== null) {
    const { timestamp, position } = after;
    // The first condition is what the index and the partitions are cut by; the second is exact.
    conditions.push(gte(events.timestamp, timestamp));
    conditions.push(
      sql`(${events.timestamp}, ${events.position}) > (${timestamp.toISOString()}::timestamptz, ${position})`,
    );
  }
  return queries
    .select()
    .from(events)
    .where(and(...conditions))
    .orderBy(asc(events.timestamp), asc(events.position))
    .limit(limit);
}

/** Where a reading by time stopped: times are not unique, positions are. */
export interface RangeCursor {
  readonly timestamp: Date;
  readonly position: bigint;
}

/** All rows that one request, run or import wrote, in position order. */
export function readCorrelatedRows(
  queries: Queryable,
  { userId, correlationId }: { userId: UserId; correlationId: string },
): Promise<LogRow[]> {
  return queries
    .select()
    .from(events)
    .where(and(eq(events.userId, userId), eq(events.correlationId, correlationId)))
    .orderBy(asc(events.position));
}

/** The greatest position up to which the log is settled; 0 for an empty log. See the migration `append_events`. */
export async function readWatermark(queries: Queryable): Promise<bigint> {
  const [row] = await selectRows<{ watermark: string | number | bigint }>(
    queries,
    sql`select event_watermark() as watermark`,
  );
  return BigInt(row?.watermark ?? 0);
}
