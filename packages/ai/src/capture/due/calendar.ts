import type { DateTime } from 'luxon';

/** Monday is 1, as in ISO 8601 and luxon. */
export function nextWeekday(today: DateTime, weekday: number): DateTime {
  return today.plus({ days: ((weekday - today.weekday + 6) % 7) + 1 });
}

/** The next day with this number, today included; months without such a day are left out. */
export function nextDayOfMonth(today: DateTime, day: number): DateTime | undefined {
  for (let months = 0; months < 12; months++) {
    const candidate = today.startOf('month').plus({ months }).set({ day });
    if (candidate.day === day && candidate >= today) return candidate;
  }
  return undefined;
}

/** The next time that the year reaches this day, today included. */
export function nextDayOfYear(today: DateTime, month: number, day: number): DateTime | undefined {
  for (let years = 0; years < 8; years++) {
    const candidate = today.startOf('year').plus({ years }).set({ month, day });
    if (candidate.isValid && candidate.day === day && candidate >= today) return candidate;
  }
  return undefined;
}

/** The last day of the next such month, this one included. */
export function nextEndOfMonth(today: DateTime, month: number): DateTime {
  const end = today.set({ month, day: 1 }).endOf('month').startOf('day');
  return end >= today ? end : today.plus({ years: 1 }).set({ month, day: 1 }).endOf('month').startOf('day');
}

/** `HH:MM`, or undefined for what is no time of day. */
export function timeOfDay(hour: number, minute: number): string | undefined {
  if (!(hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59)) return undefined;
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
