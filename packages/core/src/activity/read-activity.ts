import { countActivity } from '@synap/database';
import { type EventName, type UserId, ValidationFailed } from '@synap/domain';
import { DateTime } from 'luxon';
import type { Parts } from '../parts.ts';
import { type Streak, streakOf } from './streak.ts';

/** What was done in an hour or on a day. */
export interface ActivityPeriod {
  /** When it began. */
  start: string;
  /** The day where the person is, such as `2026-11-27`. */
  day: string;
  /** How many events of each type; what there was none of is left out. */
  counts: Partial<Record<EventName, number>>;
  total: number;
}

export interface Activity {
  from: string;
  to: string;
  timezone: string;
  /** Those in which something happened, the earliest first. */
  items: ActivityPeriod[];
  /** Of the last year, in days on which somebody did something; what Synap does by itself counts for none. */
  streak: Streak;
}

export interface ActivityQuery {
  readonly per: 'hour' | 'day';
  /** The first and the last day, such as `2026-11-27`; by default the last 30 days, or today by the hour. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** IANA name: where days begin. */
  readonly timezone: string;
}

const DAYS_SHOWN = { day: 30, hour: 1 };
const DAYS_MAX = { day: 3_660, hour: 62 };
const STREAK_DAYS = 366;

/**
 * How much a user did in each hour or on each day, and for how many days in a row.
 * @throws {ValidationFailed} if the days are the wrong way round or too many.
 */
export async function readActivity(parts: Parts, userId: UserId, query: ActivityQuery): Promise<Activity> {
  const { per, timezone } = query;
  const today = DateTime.fromJSDate(parts.clock.now(), { zone: timezone }).startOf('day');
  const last = query.to === undefined ? today : DateTime.fromISO(query.to, { zone: timezone });
  const to = last.plus({ days: 1 });
  const from =
    query.from === undefined
      ? to.minus({ days: DAYS_SHOWN[per] })
      : DateTime.fromISO(query.from, { zone: timezone }).startOf('day');
  refuseRange({ from, to, per });
  const counted = await countPeriods(parts, userId, { from, to, per, timezone });
  const periods = new Map<number, ActivityPeriod>();
  for (const { start, type, count } of counted) {
    const day = dayOf(start, timezone);
    const period = periods.get(start.getTime()) ?? { start: start.toISOString(), day, counts: {}, total: 0 };
    period.counts[type] = count;
    period.total += count;
    periods.set(start.getTime(), period);
  }
  return {
    from: from.toUTC().toISO() ?? '',
    to: to.toUTC().toISO() ?? '',
    timezone,
    items: [...periods.values()],
    streak: await readStreak(parts, userId, today),
  };
}

async function readStreak(parts: Parts, userId: UserId, today: DateTime): Promise<Streak> {
  const timezone = today.zoneName ?? 'UTC';
  const range = { from: today.minus({ days: STREAK_DAYS - 1 }), to: today.plus({ days: 1 }) };
  const counted = await countPeriods(parts, userId, { ...range, per: 'day', timezone });
  const days = counted.filter(({ type }) => isDoneBySomebody(type)).map(({ start }) => dayOf(start, timezone));
  return streakOf(new Set(days), today.toISODate() ?? '');
}

/** What follows from what somebody did, Synap does by itself. */
export function isDoneBySomebody(type: EventName): boolean {
  return !(type.startsWith('ai.') || type.startsWith('page.') || type === 'task.reminded');
}

function countPeriods(
  { log }: Parts,
  userId: UserId,
  { from, to, ...range }: { from: DateTime; to: DateTime; per: 'hour' | 'day'; timezone: string },
) {
  const hasWholeHours = from.offset % 60 === 0 && to.offset % 60 === 0;
  return countActivity(log, userId, { ...range, from: from.toJSDate(), to: to.toJSDate(), hasWholeHours });
}

function dayOf(instant: Date, timezone: string): string {
  return DateTime.fromJSDate(instant, { zone: timezone }).toISODate() ?? '';
}

function refuseRange({ from, to, per }: { from: DateTime; to: DateTime; per: 'hour' | 'day' }): void {
  const days = Math.round(to.diff(from, 'days').days);
  if (days >= 1 && days <= DAYS_MAX[per]) return;
  const message = days < 1 ? 'not before the first day' : `at most ${DAYS_MAX[per]} days from the first by the ${per}`;
  throw new ValidationFailed([{ field: 'to', message }]);
}
