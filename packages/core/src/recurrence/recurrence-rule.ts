import { ValidationFailed } from '@synap/domain';

/*
 * Recurrence rules as RFC 5545 writes them (section 3.3.10), as far as tasks recur: by days, weeks, months and years. The
 * time of day is that of the due date, so that no rule says one.
 */

export const Frequency = { daily: 'DAILY', weekly: 'WEEKLY', monthly: 'MONTHLY', yearly: 'YEARLY' } as const;
export type Frequency = (typeof Frequency)[keyof typeof Frequency];

export const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A weekday of a period: each of them, or the nth of a month or year, from its end where it is negative. */
export interface WeekdayOf {
  readonly weekday: Weekday;
  readonly nth: number | null;
}

/** A rule, read and checked. Parts that it does not name are empty. */
export interface RecurrenceRule {
  readonly frequency: Frequency;
  readonly interval: number;
  /** How often it occurs in all, the first time included. */
  readonly count: number | null;
  readonly until: Until | null;
  readonly weekStart: Weekday;
  readonly months: readonly number[];
  readonly weekNumbers: readonly number[];
  readonly yearDays: readonly number[];
  readonly monthDays: readonly number[];
  readonly weekdays: readonly WeekdayOf[];
  readonly positions: readonly number[];
}

/** The last moment at which a rule occurs: a whole day, or a time of it; of UTC, or of wherever the task is due. */
export interface Until {
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** `HH:MM:SS` */
  readonly time: string | null;
  readonly isUtc: boolean;
}

const INTERVAL_MAX = 1000;
const COUNT_MAX = 100_000;
const { daily, weekly, monthly, yearly } = Frequency;

/** What the parts of a rule hold, and with which frequencies they go. */
const LISTS: Readonly<Record<string, { max: number; isSigned: boolean; frequencies: readonly Frequency[] }>> = {
  BYMONTH: { max: 12, isSigned: false, frequencies: [daily, weekly, monthly, yearly] },
  BYWEEKNO: { max: 53, isSigned: true, frequencies: [yearly] },
  BYYEARDAY: { max: 366, isSigned: true, frequencies: [yearly] },
  BYMONTHDAY: { max: 31, isSigned: true, frequencies: [daily, monthly, yearly] },
  // By days and weeks RFC 5545 allows it, too; there it says nothing that BYDAY does not.
  BYSETPOS: { max: 366, isSigned: true, frequencies: [monthly, yearly] },
};

const PARTS = ['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST', 'BYDAY', ...Object.keys(LISTS)];

/**
 * Reads a rule.
 * @param text without `RRULE:`, such as `FREQ=MONTHLY;BYDAY=-1FR`.
 * @throws {ValidationFailed} naming the field `recurrence`, if it is none, or one that tasks do not recur by.
 */
export function parseRecurrence(text: string): RecurrenceRule {
  const parts = readParts(text);
  const frequency = readOneOf(Object.values(Frequency), parts.get('FREQ'), 'FREQ');
  const list = (name: string): number[] => readList(name, parts.get(name), frequency);
  const count = parts.has('COUNT') ? readNumber('COUNT', parts.get('COUNT'), { max: COUNT_MAX }) : null;
  const until = readUntil(parts.get('UNTIL'));
  if (count !== null && until !== null) throw refused('it has COUNT or UNTIL, not both');
  const rule: RecurrenceRule = {
    frequency,
    interval: readNumber('INTERVAL', parts.get('INTERVAL') ?? '1', { max: INTERVAL_MAX }),
    count,
    until,
    weekStart: readOneOf(WEEKDAYS, parts.get('WKST') ?? 'MO', 'WKST'),
    months: list('BYMONTH'),
    weekNumbers: list('BYWEEKNO'),
    yearDays: list('BYYEARDAY'),
    monthDays: list('BYMONTHDAY'),
    weekdays: readWeekdays(parts.get('BYDAY'), { frequency, hasWeekNumbers: parts.has('BYWEEKNO') }),
    positions: list('BYSETPOS'),
  };
  const { weekNumbers, yearDays, monthDays, weekdays, months } = rule;
  const isCut = weekNumbers.length + yearDays.length + monthDays.length + weekdays.length + months.length > 0;
  if (rule.positions.length > 0 && !isCut) throw refused('BYSETPOS goes with another BY… part');
  return rule;
}

function refused(message: string): ValidationFailed {
  return new ValidationFailed([{ field: 'recurrence', message }]);
}

function readParts(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.split(';')) {
    const [name = '', value = '', ...rest] = part.split('=');
    if (['BYHOUR', 'BYMINUTE', 'BYSECOND'].includes(name)) {
      throw refused(`${name} is not used here: the time of day is that of the due date`);
    }
    if (!PARTS.includes(name) || value === '' || rest.length > 0) {
      throw refused(`'${part}' is no part of a rule such as FREQ=WEEKLY;BYDAY=MO`);
    }
    if (parts.has(name)) throw refused(`${name} is there twice`);
    parts.set(name, value);
  }
  return parts;
}

function readOneOf<Value extends string>(values: readonly Value[], text: string | undefined, name: string): Value {
  const value = values.find((each) => each === text);
  if (value === undefined) throw refused(`${name} is one of ${values.join(', ')}`);
  return value;
}

function readNumber(name: string, text = '', { max, isSigned = false }: { max: number; isSigned?: boolean }): number {
  const number = /^[+-]?\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  const size = isSigned ? Math.abs(number) : number;
  if (!(size >= 1 && size <= max)) throw refused(`${name} is 1 to ${max}${isSigned ? `, or -1 to -${max}` : ''}`);
  return number;
}

function readList(name: string, text: string | undefined, frequency: Frequency): number[] {
  const list = LISTS[name];
  if (text === undefined || list === undefined) return [];
  if (!list.frequencies.includes(frequency)) {
    throw refused(`${name} goes with FREQ=${list.frequencies.join(' or ')}, not with ${frequency}`);
  }
  return [...new Set(text.split(',').map((each) => readNumber(name, each, list)))];
}

function readWeekdays(
  text: string | undefined,
  { frequency, hasWeekNumbers }: { frequency: Frequency; hasWeekNumbers: boolean },
): WeekdayOf[] {
  if (text === undefined) return [];
  const mayCount = frequency === monthly || (frequency === yearly && !hasWeekNumbers);
  const max = frequency === monthly ? 5 : 53;
  return text.split(',').map((each) => {
    const [, nth = '', name] = /^([+-]?\d{0,2})([A-Z]{2})$/.exec(each) ?? [];
    const weekday = readOneOf(WEEKDAYS, name, 'BYDAY');
    if (nth === '') return { weekday, nth: null };
    if (!mayCount) throw refused(`the nth ${weekday} is one of a month or a year: FREQ=MONTHLY or YEARLY`);
    return { weekday, nth: readNumber('BYDAY', nth, { max, isSigned: true }) };
  });
}

function readUntil(text: string | undefined): Until | null {
  if (text === undefined) return null;
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/.exec(text);
  const [, year, month, day, hour, minute, second, zone] = match ?? [];
  const date = `${year}-${month}-${day}`;
  const time = hour === undefined ? null : `${hour}:${minute}:${second}`;
  if (match === null || Number.isNaN(Date.parse(`${date}T${time ?? '00:00:00'}Z`))) {
    throw refused('UNTIL is a day such as 20261231, or a time such as 20261231T235959Z');
  }
  return { date, time, isUtc: zone === 'Z' };
}
