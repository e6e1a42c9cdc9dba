import type { EventName, UserId } from '@synap/domain';
import { eq, gte, inArray, lt, type SQL } from 'drizzle-orm';
import type { LogRow } from '../archive/log-row.ts';
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

/** The filter as conditions on the table `events`. */
export function filterConditions({ userId, aggregateId, types, from, to }: EventFilter): SQL[] {
  const conditions: SQL[] = [];
  if (userId !== undefined) conditions.push(eq(events.userId, userId));
  if (aggregateId !== undefined) conditions.push(eq(events.aggregateId, aggregateId));
  if (types !== undefined) conditions.push(inArray(events.eventType, [...types]));
  if (from !== undefined) conditions.push(gte(events.timestamp, from));
  if (to !== undefined) conditions.push(lt(events.timestamp, to));
  return conditions;
}

/** Whether a row is what the filter asks for; the same as `filterConditions`, for rows that are in memory. */
export function matchesFilter(row: LogRow, { userId, aggregateId, types, from, to }: EventFilter): boolean {
  return (
    (userId === undefined || row.userId === userId) &&
    (aggregateId === undefined || row.aggregateId === aggregateId) &&
    (types === undefined || types.some((type) => type === row.eventType)) &&
    (from === undefined || row.timestamp >= from) &&
    (to === undefined || row.timestamp < to)
  );
}
