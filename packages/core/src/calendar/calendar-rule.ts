import { type Due, ValidationFailed } from '@synap/domain';
import { DateTime } from 'luxon';
import { parseRecurrence, type Until } from '../recurrence/recurrence-rule.ts';

/**
 * A rule as it stands beside when its first occurrence begins. RFC 5545 wants the end of a rule (UNTIL) to be of the same
 * kind: a day beside a day, and an instant in UTC beside a time of day that is somewhere.
 * @returns `null` for a rule from before rules were checked.
 */
export function calendarRule(recurrence: string, due: Due): string | null {
  const until = readUntil(recurrence);
  if (until === undefined) return null;
  return until === null ? recurrence : recurrence.replace(/UNTIL=[^;]+/, `UNTIL=${untilBeside(until, due)}`);
}

function readUntil(recurrence: string): Until | null | undefined {
  try {
    return parseRecurrence(recurrence).until;
  } catch (error) {
    if (error instanceof ValidationFailed) return undefined;
    throw error;
  }
}

function untilBeside({ date, time, isUtc }: Until, { time: dueTime, timezone }: Due): string {
  const end = DateTime.fromISO(`${date}T${time ?? '23:59:59'}`, { zone: isUtc ? 'utc' : timezone });
  if (dueTime !== null) return end.toUTC().toFormat("yyyyMMdd'T'HHmmss'Z'");
  return (isUtc ? end.setZone(timezone) : end).toFormat('yyyyMMdd');
}
