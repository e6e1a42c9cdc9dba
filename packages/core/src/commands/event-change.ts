import { type EventChange, type Moment, type Schedule, ValidationFailed } from '@synap/domain';
import { DateTime } from 'luxon';
import { momentOf } from './task-change.ts';

/** What is to change of an event of the calendar, as a client says it. */
export interface EventFields {
  /** A day (`2026-11-25`) or an instant with an offset; `null` takes it out of the calendar. */
  readonly startAt?: string | null | undefined;
  /** The last day, or the instant at which it ends; of the same kind as the start. */
  readonly endAt?: string | null | undefined;
  /** Where it is meant. */
  readonly timezone?: string | undefined;
  readonly place?: string | null | undefined;
}

/**
 * A client's fields as the domain takes them. What is not said of the start or the end stays, at the same instant where
 * the timezone changes.
 *
 * @param present when it takes place so far.
 * @throws {ValidationFailed} if one of the two is no day and no instant, or there is an end without a start.
 */
export function eventChange(
  { startAt, endAt, timezone: wanted, place }: EventFields,
  { present, defaultTimezone }: { present: Schedule | null; defaultTimezone: string },
): EventChange {
  if (startAt === undefined && endAt === undefined) return { place };
  const timezone = wanted ?? present?.timezone ?? defaultTimezone;
  const kept = present === null ? null : inTimezone(present, timezone);
  const start = startAt === undefined ? (kept?.start ?? null) : readMoment('startAt', startAt, timezone);
  const end = endAt === undefined ? (kept?.end ?? null) : readMoment('endAt', endAt, timezone);
  if (start !== null) return { schedule: { start, end, timezone }, place };
  if (endAt !== undefined && endAt !== null) {
    throw new ValidationFailed([{ field: 'startAt', message: 'needed with an end' }]);
  }
  return { schedule: null, place };
}

function readMoment(field: string, text: string | null, timezone: string): Moment | null {
  return text === null ? null : momentOf(field, text, timezone);
}

/** The same days, or the same instants, as they are shown in another timezone. */
function inTimezone({ start, end, timezone: from }: Schedule, to: string): Omit<Schedule, 'timezone'> {
  const shown = ({ date, time }: Moment): Moment => {
    if (time === null || from === to) return { date, time };
    const there = DateTime.fromISO(`${date}T${time}`, { zone: from }).setZone(to);
    return there.isValid ? { date: there.toFormat('yyyy-MM-dd'), time: there.toFormat('HH:mm') } : { date, time };
  };
  return { start: shown(start), end: end === null ? null : shown(end) };
}
