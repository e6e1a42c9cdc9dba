import type { Due } from '@synap/domain';
import { DateTime } from 'luxon';

/** The lists of what is to be done, by when it is due. */
export const DueList = {
  /** All of them. */
  open: 'open',
  /** The day, or the time of day, has passed. */
  overdue: 'overdue',
  /** Due on this day, whether or not its time has passed. */
  today: 'today',
  /** Due on a later day. */
  upcoming: 'upcoming',
  /** Due at no time. */
  undated: 'undated',
} as const;
export type DueList = (typeof DueList)[keyof typeof DueList];

/** When and where a person looks at a list. */
export interface Onlooker {
  readonly now: Date;
  /** IANA name. */
  readonly timezone: string;
}

/**
 * Whether what is due then stands in a list, for who looks at it there. A day is a day wherever one is; a time of day is
 * an instant, which may fall on another day for somebody elsewhere.
 */
export function isInDueList(due: Due | null, list: DueList, { now, timezone }: Onlooker): boolean {
  if (list === DueList.open) return true;
  if (due === null) return list === DueList.undated;
  const today = dayIn(timezone, now);
  const instant = due.time === null ? null : dueInstant(due);
  const day = instant === null ? due.date : dayIn(timezone, instant);
  switch (list) {
    case DueList.overdue:
      return instant === null ? day < today : instant < now;
    case DueList.today:
      return day === today;
    case DueList.upcoming:
      return day > today;
    case DueList.undated:
      return false;
  }
}

/**
 * The days, where things are due, between which all of a list lies; no two places are more than a day and some hours
 * apart.
 */
export function daysOfDueList(list: DueList, { now, timezone }: Onlooker): { dueFrom?: string; dueTo?: string } {
  const today = DateTime.fromISO(dayIn(timezone, now), { zone: 'utc' });
  const before = today.minus({ days: 2 }).toFormat('yyyy-MM-dd');
  const after = today.plus({ days: 2 }).toFormat('yyyy-MM-dd');
  switch (list) {
    case DueList.overdue:
      return { dueTo: after };
    case DueList.today:
      return { dueFrom: before, dueTo: after };
    case DueList.upcoming:
      return { dueFrom: before };
    case DueList.open:
    case DueList.undated:
      return {};
  }
}

/** The instant that a day and time of day mean in their timezone; of a timezone that is not known here, as in UTC. */
export function dueInstant({ date, time, timezone }: Due): Date {
  const there = DateTime.fromISO(`${date}T${time ?? '00:00'}`, { zone: timezone });
  return there.isValid ? there.toJSDate() : new Date(`${date}T${time ?? '00:00'}Z`);
}

function dayIn(timezone: string, instant: Date): string {
  return DateTime.fromJSDate(instant, { zone: timezone }).toFormat('yyyy-MM-dd');
}
