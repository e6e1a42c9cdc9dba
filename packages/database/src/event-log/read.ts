import { CorrelationId, EventId, type EventName, parseEventDelta, type StoredEvent, UserId } from '@synap/domain';
import { and, asc, eq, gt, gte, inArray, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { events } from '../schema/schema.ts';

/** Which of the events to read. */
export interface EventFilter {
  readonly userId?: UserId;
  readonly aggregateId?: string;
  readonly types?: readonly EventName[];
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
}

/** All events of one stream, in version order. */
export async function readAggregate(
  queries: Queryable,
  { userId, aggregateId }: { userId: UserId; aggregateId: string },
): Promise<StoredEvent[]> {
  const rows = await queries
    .select()
    .from(events)
    .where(and(eq(events.userId, userId), eq(events.aggregateId, aggregateId)))
    .orderBy(asc(events.version));
  return rows.map(toStoredEvent);
}

/** A part of the log in position order. */
export interface LogPage {
  readonly events: StoredEvent[];
  /** Nothing that fits the filter lies at or before this position and after the asked one beside `events`. */
  readonly upTo: bigint;
}

/**
 * Events after a position, in position order, as far as the log is settled: what is not given now comes with a
 * position greater than `upTo` later, never with a smaller one. See the migration `append_events`.
 */
export async function readAll(
  queries: Queryable,
  { after, limit, filter = {} }: { after: bigint; limit: number; filter?: EventFilter },
): Promise<LogPage> {
  const watermark = await readWatermark(queries);
  const rows = await queries
    .select()
    .from(events)
    .where(and(gt(events.position, after), lte(events.position, watermark), ...filterConditions(filter)))
    .orderBy(asc(events.position))
    .limit(limit);
  const page = rows.map(toStoredEvent);
  const last = page.at(-1);
  return {
    events: page,
    upTo: page.length === limit && last !== undefined ? last.position : maximum(watermark, after),
  };
}

function maximum(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

/** The greatest position up to which the log is settled; 0 for an empty log. */
export async function readWatermark(queries: Queryable): Promise<bigint> {
  const [row] = await selectRows<{ watermark: string | number | bigint }>(
    queries,
    sql`select event_watermark() as watermark`,
  );
  return BigInt(row?.watermark ?? 0);
}

function filterConditions({ userId, aggregateId, types, from, to }: EventFilter): SQL[] {
  const conditions: SQL[] = [];
  if (userId !== undefined) conditions.push(eq(events.userId, userId));
  if (aggregateId !== undefined) conditions.push(eq(events.aggregateId, aggregateId));
  if (types !== undefined) conditions.push(inArray(events.eventType, [...types]));
  if (from !== undefined) conditions.push(gte(events.timestamp, from));
  if (to !== undefined) conditions.push(lt(events.timestamp, to));
  return conditions;
}

function toStoredEvent(row: typeof events.$inferSelect): StoredEvent {
  const { eventType, data, digest: _digest, ...header } = row;
  return {
    ...header,
    ...parseEventDelta(eventType, row.schemaVersion, data),
    id: EventId.parse(row.id),
    userId: UserId.parse(row.userId),
    causationId: row.causationId === null ? null : EventId.parse(row.causationId),
    correlationId: CorrelationId.parse(row.correlationId),
  };
}
