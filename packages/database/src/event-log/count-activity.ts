import { type EventName, isEventName, type UserId } from '@synap/domain';
import { type SQL, sql } from 'drizzle-orm';
import { createArchivedRows } from '../archive/archived-rows.ts';
import { selectRows } from '../connection/select-rows.ts';
import type { EventLog } from './event-log.ts';

/** How many events of a type there were in a stretch of time. */
export interface ActivityCount {
  /** When the hour or day began, where the person is. */
  readonly start: Date;
  readonly type: EventName;
  readonly count: number;
}

export interface ActivityRange {
  readonly from: Date;
  /** Exclusive. Both are the beginning of an hour where the person is. */
  readonly to: Date;
  readonly per: 'hour' | 'day';
  /** IANA name. */
  readonly timezone: string;
  /** Whether hours begin there when they do in UTC, as they do nearly everywhere. */
  readonly hasWholeHours: boolean;
}

/**
 * How many events of each type a user had in each hour or day, the earliest first: from the log's roll-up by the hour, from
 * the events themselves where hours begin at other times, and from the archive's segments for what lies there. Both sides
 * of an hour in which the log was cut are counted.
 */
export async function countActivity(log: EventLog, userId: UserId, range: ActivityRange): Promise<ActivityCount[]> {
  const { queries } = log.database;
  const { from, to, per, timezone } = range;
  const archived = await createArchivedRows(queries, log.segments).between({ userId, from, to });
  const isRolledUp = range.hasWholeHours && archived.length === 0;
  const counted = isRolledUp
    ? sql`select hour as at, event_type, event_count as events from activity_hourly
        where user_id = ${userId} and hour >= ${from.toISOString()}::timestamptz and hour < ${to.toISOString()}::timestamptz`
    : sql`select timestamp as at, event_type, 1 as events from events
        where user_id = ${userId} and timestamp >= ${from.toISOString()}::timestamptz
          and timestamp < ${to.toISOString()}::timestamptz
        union all ${archivedRows(archived)}`;
  const rows = await selectRows<{ start: number | string; event_type: string; events: number | string }>(
    queries,
    sql`select extract(epoch from date_trunc(${per}, at, ${timezone})) as start, event_type, sum(events) as events
      from (${counted}) counted group by 1, 2 order by 1, 2`,
  );
  return rows.flatMap(({ start, event_type: type, events }) =>
    isEventName(type) ? [{ start: new Date(Number(start) * 1000), type, count: Number(events) }] : [],
  );
}

function archivedRows(rows: readonly { timestamp: Date; eventType: string }[]): SQL {
  const json = JSON.stringify(rows.map(({ timestamp, eventType }) => ({ at: timestamp, event_type: eventType })));
  return sql`select at, event_type, 1 as events from jsonb_to_recordset(${json}::jsonb) as archived (at timestamptz, event_type text)`;
}
