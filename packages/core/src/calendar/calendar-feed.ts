import { createHash } from 'node:crypto';
import { listDated } from '@synap/database';
import type { Due, EntityState, Schedule, UserId } from '@synap/domain';
import ical, { type ICalCalendar, type ICalEventData } from 'ical-generator';
import { DateTime } from 'luxon';
import { tzlib_get_timezones as listTimezones, tzlib_get_ical_block as readTimezone } from 'timezones-ical-library';
import type { Parts } from '../parts.ts';
import { calendarRule } from './calendar-rule.ts';

/*
 * A user's calendar as iCalendar (RFC 5545). Tasks are events of it, as long as they are to be done, since calendars that
 * follow an address show no to-dos. The same things make the same bytes: nothing in them is of the moment of asking.
 */

/** The latest ones; no calendar wants more. */
const ITEMS_MAX = 5000;

/** A calendar as it is served. */
export interface CalendarFeed {
  readonly content: Uint8Array;
  /** SHA-256 in hexadecimal. */
  readonly checksum: string;
}

/** What stands in a user's calendar, as iCalendar. */
export async function readCalendar({ database }: Parts, userId: UserId): Promise<CalendarFeed> {
  const states = await listDated(database.queries, userId, { limit: ITEMS_MAX });
  const content = Buffer.from(writeCalendar(states));
  return { content, checksum: createHash('sha256').update(content).digest('hex') };
}

/** Those of these things that take place or are due, as iCalendar. */
export function writeCalendar(states: readonly EntityState[]): string {
  const calendar: ICalCalendar = ical({
    name: 'Synap',
    prodId: { company: 'Synap', product: 'Synap' },
    timezone: { name: null, generator: timezoneBlock },
  });
  for (const state of states) {
    const when = whenOf(state);
    if (when === null) continue;
    const { id, title, file, tags, version, createdAt, updatedAt } = state;
    calendar.createEvent({
      ...when,
      id: `${id}@synap`,
      sequence: version,
      stamp: updatedAt,
      created: createdAt,
      lastModified: updatedAt,
      summary: title,
      description: file === null || file.preview === '' ? null : file.preview,
      location: state.event?.place ?? null,
      categories: tags.map((name) => ({ name })),
    });
  }
  // The last line ends as all do (RFC 5545, 3.1).
  return `${calendar.toString()}\r\n`;
}

type When = Pick<ICalEventData, 'start' | 'end' | 'allDay' | 'timezone' | 'repeating'>;

function whenOf({ type, task, event }: EntityState): When | null {
  if (type === 'task' && task !== null && task.due !== null) return dueOf(task.due, task.recurrence);
  if (type === 'event' && event !== null && event.schedule !== null) return scheduleOf(event.schedule);
  return null;
}

function dueOf(due: Due, recurrence: string | null): When {
  const rule = recurrence === null ? null : calendarRule(recurrence, due);
  const repeating = rule === null ? null : `RRULE:${rule}`;
  if (due.time === null) return { start: day(due.date), allDay: true, repeating };
  return { ...inTimezone(due.timezone, (zone) => ({ start: instant(due, zone) })), repeating };
}

function scheduleOf({ start, end, timezone }: Schedule): When {
  if (start.time === null) {
    // The last day of a person is the day before the end of RFC 5545.
    return { start: day(start.date), ...(end === null ? {} : { end: day(end.date, 1) }), allDay: true };
  }
  return inTimezone(timezone, (zone) => ({
    start: instant(start, zone),
    ...(end === null ? {} : { end: instant(end, zone) }),
  }));
}

/** In UTC where this timezone has no definition that could be sent along. */
function inTimezone(name: string, moments: (zone: string) => { start: DateTime; end?: DateTime }): When {
  const timezone = definedTimezone(name);
  const there = moments(name);
  if (timezone !== null) return { ...there, timezone };
  return { start: there.start.toUTC(), ...(there.end === undefined ? {} : { end: there.end.toUTC() }) };
}

function day(date: string, laterDays = 0): DateTime {
  return DateTime.fromISO(date, { zone: 'utc' }).plus({ days: laterDays });
}

function instant({ date, time }: { date: string; time: string | null }, zone: string): DateTime {
  const there = DateTime.fromISO(`${date}T${time ?? '00:00'}`, { zone });
  return there.isValid ? there : DateTime.fromISO(`${date}T${time ?? '00:00'}`, { zone: 'utc' });
}

const definedTimezones = new Set(listTimezones());

/** The name under which a timezone is defined in what is sent, which may be that of a link of the IANA's; `null` if not. */
function definedTimezone(name: string): string | null {
  if (name === 'UTC' || !definedTimezones.has(name)) return null;
  return /^TZID:(.+)$/m.exec(timezoneBlock(name) ?? '')?.[1]?.trim() ?? null;
}

function timezoneBlock(name: string): string | null {
  const [block] = readTimezone(name);
  return block === undefined || block === '' ? null : block;
}
