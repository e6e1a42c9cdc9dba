import type { DateTime } from 'luxon';
import { nextDayOfMonth, nextDayOfYear, nextEndOfMonth, nextWeekday, timeOfDay } from './calendar.ts';
import type { Phrase, PhraseReading } from './mention.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH =
  '(?<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const WEEKDAY = '(?<weekday>mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?';
const HOURS = ['twelve', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven'];
const HOUR = `(?<hour>\\d{1,2}|${HOURS.join('|')})`;
const HALF = '(?<half>\\s+(?:o.?clock\\s+)?(?:in the (?:morning|afternoon|evening)|at night)|\\s?[ap]\\.?m\\b\\.?)?';
const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'];
/** What may follow an ordinal that means a day: 'on the 3rd' but not 'on the 3rd floor'. */
const ENDS_ORDINAL =
  '(?=\\s*(?:$|[\\n.,;:!?)/–—-]|@|\\d|(?:at|from|in the|by|for|with|to|around|and|or|noon|before|after|until|because|when|so|of (?:this|next) month|latest|please)\\b))';

const weekdayNumber = (name = ''): number => WEEKDAYS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
const monthNumber = (name = ''): number => MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
const onDay = (day: DateTime | undefined): PhraseReading | null => (day === undefined ? null : { day });

/** What chrono's English grammar lacks, or reads otherwise than people mean it. Earlier ones win. */
export const englishPhrases: readonly Phrase[] = [
  { pattern: /\b(?:the )?day after tomorrow\b/giu, read: (_, { today }) => onDay(today.plus({ days: 2 })) },
  {
    pattern:
      /\b(?:tmrw?|tmr|tmw|tomm?or?ow|tommorrow|tomoz|2moro|2morrow|tomorr?w)(?:,? (?:at )?(?<hour>\d{1,2})(?::(?<minute>[0-5]\d))?(?<half> ?[ap]\.?m\b\.?)?(?![\d.:/h]))?(?!\p{L})/giu,
    read: ({ hour, minute = '0', half }, { today }) => ({
      ...clockTime(Number(minute), hour, half),
      day: today.plus({ days: 1 }),
    }),
  },
  {
    pattern: /\b(?:tonight|tonite|2nite|this evening|this afternoon|later today)\b/giu,
    read: (_, { today }) => ({ day: today, isWeak: true }),
  },
  {
    pattern: /\b(?:eod|cob|(?:the )?(?:end|close) of (?:the |this )?(?:business )?day)\b/giu,
    read: (_, { today }) => ({ day: today, isWeak: true }),
  },
  {
    pattern: new RegExp(`\\b(?:a|one|1) week (?:from |on )?(?:(?<base>today|now|tomorrow)|${WEEKDAY})\\b`, 'giu'),
    read: ({ base, weekday }, { today }) => {
      if (weekday !== undefined) return onDay(nextWeekday(today, weekdayNumber(weekday)).plus({ weeks: 1 }));
      return onDay(today.plus({ days: base?.toLowerCase() === 'tomorrow' ? 8 : 7 }));
    },
  },
  {
    pattern: new RegExp(
      `\\b${WEEKDAY} (?:week\\b(?! ?end)|(?:of )?next week)|\\bnext week,?(?: on)? (?<later>mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\\b`,
      'giu',
    ),
    read: ({ weekday, later }, { today }) =>
      onDay(today.startOf('week').plus({ weeks: 1, days: weekdayNumber(weekday ?? later) - 1 })),
  },
  {
    pattern: new RegExp(`\\b${WEEKDAY} after next\\b`, 'giu'),
    read: ({ weekday }, { today }) => onDay(nextWeekday(today, weekdayNumber(weekday)).plus({ weeks: 1 })),
  },
  {
    pattern: /\b(?:in )?(?:a|one|1) (?:fortnight|couple of weeks)\b/giu,
    read: (_, { today }) => onDay(today.plus({ weeks: 2 })),
  },
  { pattern: /\bin (?:a week'?s? time|a week)\b/giu, read: (_, { today }) => onDay(today.plus({ weeks: 1 })) },
  {
    pattern: /\b(?:(?:the )?end of (?:(?<which>the|this|next) )?week|eow|(?<!earlier )this week(?! ?end))\b/giu,
    read: ({ which }, { today }) => {
      const friday = today.startOf('week').plus({ days: 4, weeks: which?.toLowerCase() === 'next' ? 1 : 0 });
      return onDay(friday < today ? friday.plus({ days: 2 }) : friday);
    },
  },
  {
    pattern: /\b(?:(?:the )?end of (?:(?<which>the|this|next) )?month|eom|month[- ]end)\b/giu,
    read: ({ which }, { today }) =>
      onDay(
        today
          .startOf('month')
          .plus({ months: which?.toLowerCase() === 'next' ? 1 : 0 })
          .endOf('month')
          .startOf('day'),
      ),
  },
  {
    pattern: /\b(?:(?:the )?end of (?:the |this )?(?<span>quarter|year)|eoy|eoq)\b/giu,
    read: ({ span }, { today }) =>
      onDay(today.endOf(span?.toLowerCase() === 'quarter' ? 'quarter' : 'year').startOf('day')),
  },
  {
    pattern: new RegExp(`\\b(?:the )?end of ${MONTH}\\b`, 'giu'),
    read: ({ month }, { today }) => onDay(nextEndOfMonth(today, monthNumber(month))),
  },
  {
    pattern: new RegExp(
      `\\b(?<part>mid|the middle of|the beginning of|the start of|early)[ -]${MONTH}\\b(?! ?\\d)`,
      'giu',
    ),
    read: ({ part, month }, { today }) =>
      onDay(nextDayOfYear(today, monthNumber(month), part?.toLowerCase().includes('mid') ? 15 : 1)),
  },
  {
    pattern: new RegExp(
      `\\bthe (?<day>\\d{1,2})(?:st|nd|rd|th)${ENDS_ORDINAL}|\\b(?:on|by|before|until|till|due) (?<bare>\\d{1,2})(?:st|nd|rd|th)${ENDS_ORDINAL}`,
      'giu',
    ),
    read: ({ day, bare }, { today }) => onDay(nextDayOfMonth(today, Number(day ?? bare))),
  },
  {
    pattern: new RegExp(`\\b(?:on|by|before|until|till|due) the (?<word>${ORDINALS.join('|')})${ENDS_ORDINAL}`, 'giu'),
    read: ({ word = '' }, { today }) => onDay(nextDayOfMonth(today, ORDINALS.indexOf(word.toLowerCase()) + 1)),
  },
  {
    pattern: new RegExp(
      `\\b(?:from )?(?:the )?(?<day>\\d{1,2})(?:st|nd|rd|th)? ?(?:to|until|till|and|[-–]) ?(?:the )?\\d{1,2}(?:st|nd|rd|th)? (?:of )?${MONTH}\\b(?!,? \\d{4})`,
      'giu',
    ),
    read: ({ day, month }, { today }) => onDay(nextDayOfYear(today, monthNumber(month), Number(day))),
  },
  {
    pattern: new RegExp(`\\b(?:the )?(?<day>\\d{1,2})(?:st|nd|rd|th)? (?:of )?${MONTH}\\b(?!,? \\d{4})`, 'giu'),
    read: ({ day, month }, { today }) => onDay(nextDayOfYear(today, monthNumber(month), Number(day))),
  },
  {
    pattern: new RegExp(
      `\\b(?:the )?(?<which>first|second|third|fourth|last) ${WEEKDAY} (?:in|of) (?:${MONTH}|(?<relative>the|this|next) month)\\b`,
      'giu',
    ),
    read: ({ which, weekday, month, relative }, { today }) =>
      onDay(nthWeekday({ which, weekday, month, relative }, today)),
  },
  {
    pattern: /\bwithin (?:the (?:next|coming) )?(?<count>a|one|two|three|four|\d{1,2}) (?<unit>day|week|month)s?\b/giu,
    read: ({ count = '', unit }, { today }) => {
      const word = ['', 'one', 'two', 'three', 'four'].indexOf(count.toLowerCase());
      const number = count.toLowerCase() === 'a' ? 1 : word > 0 ? word : Number(count);
      return onDay(today.plus({ [`${unit?.toLowerCase()}s`]: number }));
    },
  },
  {
    pattern: /\bthe (?:first|1st) of (?:the|next) month\b/giu,
    read: (_, { today }) => onDay(today.plus({ months: 1 }).startOf('month')),
  },
  {
    pattern:
      /\b(?:before (?<before>christmas|xmas|new year'?s?|easter)|(?:on|by|for) (?<on>christmas eve|christmas day|christmas|xmas|halloween|valentine'?s(?: day)?)|new year'?s (?<eve>eve|day))\b/giu,
    read: ({ before, on, eve }, { today }) => onDay(holiday({ before, on, eve }, today)),
  },
  {
    pattern:
      /\b(?:between|from) (?<hour>\d{1,2})(?::(?<minute>[0-5]\d))?(?<half> ?[ap]\.?m\b\.?)? ?(?:and|to|until|till|-|–) ?\d{1,2}(?::[0-5]\d)?(?! ?[ap]\.?m)(?![\p{L}\d.%€$]| (?:people|persons|minutes|hours|days|weeks|months|years|pages|euros?|percent|k[gm]|items|units))/giu,
    read: ({ hour, minute = '0', half }) => clockTime(Number(minute), hour, half),
  },
  {
    pattern: new RegExp(
      `\\b(?:at )?(?<part>half|quarter|twenty|ten|five|twenty[- ]five) ?(?<direction>past|to) ${HOUR}\\b${HALF}`,
      'giu',
    ),
    read: ({ part = '', direction, hour, half }) => clockTime(spokenMinutes(part, direction), hour, half),
  },
  {
    pattern: new RegExp(
      `\\b(?:at |from )?${HOUR}(?::(?<minute>[0-5]\\d))?(?:\\s*o.?clock\\b${HALF}|\\s+(?<part>in the (?:morning|afternoon|evening)|at night)\\b)`,
      'giu',
    ),
    read: ({ hour, minute = '0', half, part }) => clockTime(Number(minute), hour, half ?? part),
  },
  {
    pattern: new RegExp(
      `\\b(?:at|around|about) (?<hour>${HOURS.slice(1).join('|')}|twelve)\\b(?=\\s*(?:$|[,.;!?\\n]|sharp|on |tomorrow|today|next|this|mon|tue|wed|thu|fri|sat|sun))${HALF}`,
      'giu',
    ),
    read: ({ hour, half }) => clockTime(0, hour, half),
  },
  {
    pattern: new RegExp(
      `\\b(?:at )?(?<hour>${HOURS.join('|')}) (?<minute>fifteen|thirty|forty-five)\\b(?! (?:people|euros|dollars|percent))${HALF}`,
      'giu',
    ),
    read: ({ hour, minute = '', half }) =>
      clockTime({ fifteen: 15, thirty: 30 }[minute.toLowerCase()] ?? 45, hour, half),
  },
  {
    pattern: /(?<![\p{L}\d.])(?:at |@ ?)?(?<hour>[01]?\d|2[0-3]) ?(?:h|hrs?)(?<minute>[0-5]\d)?(?![\p{L}\d])/giu,
    read: ({ hour, minute }) =>
      Number(hour) < 6 && minute === undefined ? null : clockTime(Number(minute ?? 0), hour, undefined),
  },
  {
    pattern: /(?<![\p{L}\d.:])(?<hour>\d{1,2})(?::(?<minute>[0-5]\d))?[- ]?ish\b/giu,
    read: ({ hour, minute = '0' }) => clockTime(Number(minute), hour, undefined, 8),
  },
  {
    pattern: /@ ?(?<hour>\d{1,2})(?:[:.](?<minute>[0-5]\d))? ?(?<half>[ap]\.?m\b\.?)?(?![\p{L}\d])/giu,
    read: ({ hour, minute = '0', half }) => clockTime(Number(minute), hour, half),
  },
];

function nthWeekday(
  said: {
    which: string | undefined;
    weekday: string | undefined;
    month: string | undefined;
    relative: string | undefined;
  },
  today: DateTime,
): DateTime | undefined {
  const weekday = weekdayNumber(said.weekday);
  const nth = ['first', 'second', 'third', 'fourth'].indexOf(said.which?.toLowerCase() ?? '');
  const inMonth = (month: DateTime): DateTime => {
    const first = month.plus({ days: (weekday - month.weekday + 7) % 7 });
    if (nth >= 0) return first.plus({ weeks: nth });
    const fifth = first.plus({ weeks: 4 });
    return fifth.month === month.month ? fifth : first.plus({ weeks: 3 });
  };
  const start =
    said.month === undefined ? today.startOf('month') : today.set({ month: monthNumber(said.month), day: 1 });
  const step = said.month === undefined ? { months: 1 } : { years: 1 };
  const candidate = inMonth(said.relative?.toLowerCase() === 'next' ? start.plus(step) : start);
  return candidate >= today ? candidate : inMonth(start.plus(step));
}

function holiday(
  said: { before?: string | undefined; on?: string | undefined; eve?: string | undefined },
  today: DateTime,
): DateTime | undefined {
  if (said.eve !== undefined)
    return said.eve.toLowerCase() === 'eve' ? nextDayOfYear(today, 12, 31) : nextDayOfYear(today, 1, 1);
  if (said.before !== undefined) {
    if (/easter/i.test(said.before)) return undefined;
    return /new/i.test(said.before) ? nextDayOfYear(today, 12, 31) : nextDayOfYear(today, 12, 24);
  }
  if (/halloween/i.test(said.on ?? '')) return nextDayOfYear(today, 10, 31);
  if (/valentine/i.test(said.on ?? '')) return nextDayOfYear(today, 2, 14);
  return nextDayOfYear(today, 12, /eve/i.test(said.on ?? '') ? 24 : 25);
}

/** Minutes from the full hour, negative before it. */
function spokenMinutes(part: string, direction: string | undefined): number {
  const word = part.toLowerCase().replace(/[- ]/, '');
  const minutes = { half: 30, quarter: 15, twenty: 20, ten: 10, five: 5, twentyfive: 25 }[word] ?? 0;
  return direction?.toLowerCase() === 'to' ? -minutes : minutes;
}

/**
 * A time said in words. Without a.m., p.m. or a part of the day, hours from 1 to `afternoonUntil` are taken for the
 * afternoon: nobody meets at half past three in the night.
 */
function clockTime(
  minutes: number,
  hourSaid: string | undefined,
  half: string | undefined,
  afternoonUntil = 6,
): PhraseReading | null {
  const word = HOURS.indexOf((hourSaid ?? '').toLowerCase());
  let hour = word >= 0 ? word : Number(hourSaid);
  const isAfternoon = /afternoon|evening|night|^\s*p/i.test(half ?? '');
  const isMorning = /morning|^\s*a/i.test(half ?? '');
  if (word === 0 || (hour === 12 && !isMorning)) hour = isMorning ? 0 : 12;
  else if (
    hour < 12 &&
    (isAfternoon || (!isMorning && hour >= 1 && hour <= afternoonUntil && !hourSaid?.startsWith('0')))
  )
    hour += 12;
  const total = hour * 60 + minutes;
  const time = timeOfDay(Math.floor(total / 60), ((total % 60) + 60) % 60);
  return time === undefined ? null : { time };
}
