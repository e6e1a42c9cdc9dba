import { type Due, type NextOccurrence, type Occurrence, ValidationFailed } from '@synap/domain';
import { DateTime } from 'luxon';
import rrule from 'rrule';
import { Frequency, parseRecurrence, type RecurrenceRule, WEEKDAYS } from './recurrence-rule.ts';

/*
 * When a recurring task is due next. A series is counted from the occurrence that is due, and each completion moves it on:
 * nothing before it matters any more, COUNT counts down, and whoever puts the due date elsewhere moves the rest of the
 * series with it.
 *
 * A rule is expanded by the days of the calendar, and each occurrence has the time of day of the one before: 9 o'clock
 * stays 9 o'clock on both sides of a change of clocks, since a due date is what clocks show.
 *
 * `rrule` goes on to the year 9999 where a rule does not occur any more (ten seconds for 30 February by days); it stops at
 * `until` only when it comes upon an occurrence after it. Two things keep that short. It is not given the parts that only
 * leave out days, where it goes by days, weeks or months: without them there mostly is another occurrence, and the days are
 * left out here. And it is asked shortly before the year 9999: after 400 years the Gregorian calendar is the same again,
 * weekdays too, so the days then are the days now.
 */

const { RRule } = rrule;

/** What does not come again in so long a time comes never. The 29th of February on a Saturday takes 40 years. */
const HORIZON_YEARS = 60;
const CALENDAR_CYCLE_YEARS = 400;
/** Of the library, and of dates as they are kept. */
const LAST_YEAR = 9999;
const DAY_MS = 24 * 60 * 60 * 1000;

const FREQUENCIES = {
  [Frequency.daily]: RRule.DAILY,
  [Frequency.weekly]: RRule.WEEKLY,
  [Frequency.monthly]: RRule.MONTHLY,
  [Frequency.yearly]: RRule.YEARLY,
};
const RULE_WEEKDAYS = [RRule.MO, RRule.TU, RRule.WE, RRule.TH, RRule.FR, RRule.SA, RRule.SU];

/**
 * The first occurrence after the one that is due and after now: what was missed meanwhile does not pile up, but counts
 * where the rule counts.
 *
 * @param task.due what the series is counted from; without one, today.
 * @param options.timezone where the person is, for a task that is due nowhere yet.
 * @returns `null` if there is none: the rule ends, or is one by which tasks do not recur.
 */
export function nextOccurrence(
  { due, recurrence, remindAt }: Parameters<NextOccurrence>[0],
  { now, timezone }: { now: Date; timezone: string },
): Occurrence | null {
  const rule = readRule(recurrence);
  if (rule === null) return null;
  const clock = clockIn(due?.timezone ?? timezone, now);
  const present = due ?? { date: clock.date, time: null, timezone };
  let passed = 0;
  const later: Due[] = [];
  forEachDay(rule, present.date, (date) => {
    if (date <= present.date) return true;
    passed += 1;
    const candidate = { ...present, date };
    if (rule.count !== null && passed >= rule.count) return false;
    if (isOver(rule, candidate)) return false;
    if (!isAfter(candidate, clock)) return true;
    later.push(candidate);
    return false;
  });
  const [next] = later;
  if (next === undefined) return null;
  const left = rule.count === null ? recurrence : recurrence.replace(/COUNT=\d+/, `COUNT=${rule.count - passed}`);
  return { due: next, recurrence: left, remindAt: remindAt === null ? null : moved(remindAt, present, next) };
}

/** As many days before an occurrence, or after it, as before another, at the same time of day. */
function moved(remindAt: Date, from: Due, to: Due): Date {
  const days = Math.round((Date.parse(to.date) - Date.parse(from.date)) / DAY_MS);
  const there = DateTime.fromJSDate(remindAt, { zone: to.timezone });
  return (there.isValid ? there : DateTime.fromJSDate(remindAt, { zone: 'utc' })).plus({ days }).toJSDate();
}

/**
 * Checks a rule that somebody gives a task.
 * @param options.from the day that it is counted from, as `YYYY-MM-DD`.
 * @throws {ValidationFailed} naming the field `recurrence`, if it is no rule, none for tasks, or never occurs.
 */
export function checkRecurrence(recurrence: string, { from }: { from: string }): void {
  const rule = parseRecurrence(recurrence);
  let occurs = false;
  forEachDay(rule, from, () => {
    occurs = true;
    return false;
  });
  if (!occurs) {
    throw new ValidationFailed([{ field: 'recurrence', message: 'it never occurs: there is no such day' }]);
  }
}

/** Whether tasks recur by this rule, from this day on. */
export function isRecurrence(recurrence: string, options: { from: string }): boolean {
  try {
    checkRecurrence(recurrence, options);
    return true;
  } catch (error) {
    if (error instanceof ValidationFailed) return false;
    throw error;
  }
}

/** `null` for a rule of before it was checked. */
function readRule(recurrence: string): RecurrenceRule | null {
  try {
    return parseRecurrence(recurrence);
  } catch (error) {
    if (error instanceof ValidationFailed) return null;
    throw error;
  }
}

/** What clocks and calendars show in a timezone; UTC's where this runtime does not know it. */
function clockIn(timezone: string, instant: Date): { date: string; time: string } {
  const there = DateTime.fromJSDate(instant, { zone: timezone });
  const local = there.isValid ? there : DateTime.fromJSDate(instant, { zone: 'utc' });
  return { date: local.toFormat('yyyy-MM-dd'), time: local.toFormat('HH:mm') };
}

/** A day is over for whoever has done on it what was due on it; a time of day when it has come. */
function isAfter({ date, time }: Due, clock: { date: string; time: string }): boolean {
  return date > clock.date || (date === clock.date && time !== null && time > clock.time);
}

/** Whether the rule has ended before this occurrence. */
function isOver({ until }: RecurrenceRule, { date, time, timezone }: Due): boolean {
  if (until === null) return false;
  if (until.time === null || time === null) return date > lastDay(until, timezone);
  if (!until.isUtc) return `${date}T${time}:00` > `${until.date}T${until.time}`;
  const instant = DateTime.fromISO(`${date}T${time}:00`, { zone: timezone });
  return instant.toMillis() > Date.parse(`${until.date}T${until.time}Z`);
}

function lastDay({ date, time, isUtc }: NonNullable<RecurrenceRule['until']>, timezone: string): string {
  return isUtc ? clockIn(timezone, new Date(`${date}T${time}Z`)).date : date;
}

/**
 * The days on which a rule occurs, in order, from a day on; at the most as far as the horizon.
 * @param visit told of each day as `YYYY-MM-DD`; `false` ends it.
 */
function forEachDay(rule: RecurrenceRule, from: string, visit: (date: string) => boolean): void {
  const present = new Date(`${from}T00:00:00Z`);
  const cycles = Math.floor((LAST_YEAR - HORIZON_YEARS - present.getUTCFullYear()) / CALENDAR_CYCLE_YEARS);
  const laterYears = cycles * CALENDAR_CYCLE_YEARS;
  const dtstart = yearsLater(present, laterYears);
  const expanded = new RRule({ ...expandedParts(rule), dtstart, until: yearsLater(dtstart, HORIZON_YEARS) }, true);
  expanded.all((then) => {
    const day = yearsLater(then, -laterYears);
    if (day.getUTCFullYear() > LAST_YEAR) return false;
    return !isKept(rule, day) || visit(day.toISOString().slice(0, 10));
  });
}

function yearsLater(day: Date, years: number): Date {
  const later = new Date(day);
  later.setUTCFullYear(day.getUTCFullYear() + years);
  return later;
}

/** The parts that make occurrences; see above for those that leave out. */
function expandedParts(rule: RecurrenceRule): ConstructorParameters<typeof RRule>[0] {
  const { frequency, interval, weekStart, months, weekNumbers, yearDays, monthDays, weekdays, positions } = rule;
  const parts = { freq: FREQUENCIES[frequency], interval, wkst: weekdayOf({ weekday: weekStart, nth: null }) };
  if (frequency === Frequency.daily) return parts;
  const byweekday = weekdays.length === 0 ? null : weekdays.map(weekdayOf);
  if (frequency === Frequency.weekly) return { ...parts, byweekday };
  const ofMonths = { ...parts, byweekday, bymonthday: orNull(monthDays), bysetpos: orNull(positions) };
  if (frequency === Frequency.monthly) return ofMonths;
  return { ...ofMonths, bymonth: orNull(months), byweekno: orNull(weekNumbers), byyearday: orNull(yearDays) };
}

function orNull(numbers: readonly number[]): number[] | null {
  return numbers.length === 0 ? null : [...numbers];
}

function weekdayOf({ weekday, nth }: RecurrenceRule['weekdays'][number]) {
  const named = RULE_WEEKDAYS[WEEKDAYS.indexOf(weekday)] ?? RRule.MO;
  return nth === null ? named : named.nth(nth);
}

/** Whether a day is none of those that a rule by days, weeks or months leaves out. */
function isKept({ frequency, months, monthDays, weekdays }: RecurrenceRule, day: Date): boolean {
  if (frequency === Frequency.yearly) return true;
  if (months.length > 0 && !months.includes(day.getUTCMonth() + 1)) return false;
  if (frequency !== Frequency.daily) return true;
  const weekday = WEEKDAYS[(day.getUTCDay() + 6) % 7];
  if (weekdays.length > 0 && !weekdays.some((each) => each.weekday === weekday)) return false;
  const monthDay = day.getUTCDate();
  const daysInMonth = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
  return monthDays.length === 0 || monthDays.includes(monthDay) || monthDays.includes(monthDay - daysInMonth - 1);
}
