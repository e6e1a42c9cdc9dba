import type { Due } from '@synap/domain';
import { DateTime } from 'luxon';
import rrule from 'rrule';
import { type FindDueOptions, wallClock } from './due/find-due.ts';

const { RRule } = rrule;

/** That something is done again and again, and which parts of the text say so. */
export interface FoundRecurrence {
  /** RFC 5545, without prefix. */
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

const WEEKDAY_CODES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const WEEKDAY_PREFIXES = [
  ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  ['montag', 'dienstag', 'mittwoch', 'donnerstag', 'freitag', 'samstag', 'sonntag'],
  ['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche'],
  ['lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado', 'domingo'],
];
const ENGLISH_DAY = '(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?';
const GERMAN_DAY = '(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)s?';
const FRENCH_DAY = '(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)s?';
const SPANISH_DAY = '(?:lunes|martes|miércoles|jueves|viernes|sábados?|domingos?)';
const COUNT = '(?<count>\\d{1,3}|other|second|third|fourth|two|three|four|six|zwei|drei|vier|deux|trois|dos|tres)';
const UNIT =
  '(?<unit>days?|weeks?|months?|years?|hours?|tage?n?|wochen?|monate?n?|jahre?n?|jours?|semaines?|mois|ans?|années?|d[ií]as?|semanas?|mes(?:es)?|años?)';
const NTH = '(?<nth>first|second|third|fourth|last|1st|2nd|3rd|4th)';
const ORDINAL_DAYS = ['first', 'second', 'third', 'fourth', 'fifth'];

type Groups = Readonly<Record<string, string | undefined>>;
const patterns: readonly { readonly pattern: RegExp; readonly rule: (groups: Groups) => string | null }[] = [
  {
    pattern: new RegExp(
      `\\b(?:on )?(?:the |every )?${NTH} (?<days>${ENGLISH_DAY}) (?:of|in) (?:each|every|the) month\\b`,
      'iu',
    ),
    rule: ({ nth, days }) => `FREQ=MONTHLY;BYDAY=${nthNumber(nth)}${weekdays(days)}`,
  },
  {
    pattern:
      /\b(?:on )?the (?:last day|end) of (?:each|every) month\b|\b(?:each|every) (?:month[- ]end|end of (?:the )?month)\b/iu,
    rule: () => 'FREQ=MONTHLY;BYMONTHDAY=-1',
  },
  {
    pattern:
      /\b(?:on )?the (?:(?<day>\d{1,2})(?:st|nd|rd|th)|(?<word>first|second|third|fourth|fifth)) (?:day )?of (?:each|every) month\b/iu,
    rule: ({ day, word = '' }) => monthDay(Number(day ?? ORDINAL_DAYS.indexOf(word.toLowerCase()) + 1)),
  },
  {
    pattern:
      /\b(?:each|every) month on the (?<day>\d{1,2})(?:st|nd|rd|th)?\b|\bmonthly on the (?<again>\d{1,2})(?:st|nd|rd|th)?\b/iu,
    rule: ({ day, again }) => monthDay(Number(day ?? again)),
  },
  {
    pattern:
      /(?<!\p{L})am (?:(?<day>\d{1,2})\.|ersten) (?:jedes|jeden) monats(?!\p{L})|(?<!\p{L})le (?<french>\d{1,2}|premier) de chaque mois(?!\p{L})|(?<!\p{L})el (?:día )?(?<spanish>\d{1,2}|primero) de cada mes(?!\p{L})/iu,
    rule: ({ day, french, spanish }) => monthDay(Number.parseInt(day ?? french ?? spanish ?? '1', 10) || 1),
  },
  {
    pattern:
      /\b(?:every|each) (?:week|work|working |business )day\b|\b(?:on )?weekdays\b|\bmonday (?:to|through|-) friday\b|(?<!\p{L})(?:werktags|jeden werktag)(?!\p{L})/iu,
    rule: () => 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
  },
  { pattern: /\b(?:every|each) weekend\b|\bon weekends\b/iu, rule: () => 'FREQ=WEEKLY;BYDAY=SA' },
  {
    pattern: new RegExp(
      `\\b(?:every|each) (?:${COUNT} )?(?<days>${ENGLISH_DAY}(?:(?:,? and |, ?| & |/)${ENGLISH_DAY})*)(?: (?:morning|afternoon|evening|night)s?)?(?!\\p{L})`,
      'iu',
    ),
    rule: ({ count, days }) => `FREQ=WEEKLY${interval(count)};BYDAY=${weekdays(days)}`,
  },
  {
    pattern: new RegExp(`\\bevery ${COUNT} weeks? on (?<days>${ENGLISH_DAY})(?!\\p{L})`, 'iu'),
    rule: ({ count, days }) => `FREQ=WEEKLY${interval(count)};BYDAY=${weekdays(days)}`,
  },
  {
    pattern: new RegExp(
      `\\b(?<days>${ENGLISH_DAY}) (?:every|each) week\\b|\\bweekly (?:on )?(?<again>${ENGLISH_DAY})(?!\\p{L})`,
      'iu',
    ),
    rule: ({ days, again }) => `FREQ=WEEKLY;BYDAY=${weekdays(days ?? again)}`,
  },
  {
    pattern:
      /(?<!\p{L})(?:on )?(?<days>(?:mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays)(?:(?: and |, ?)(?:mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays))*)(?!\p{L})/iu,
    rule: ({ days }) => `FREQ=WEEKLY;BYDAY=${weekdays(days)}`,
  },
  {
    pattern: new RegExp(
      `(?<!\\p{L})(?:jede[nrs]? (?<count>zweiten )?(?<days>${GERMAN_DAY})|(?<plural>(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)s))(?:abend|morgen|früh)?(?!\\p{L})`,
      'iu',
    ),
    rule: ({ count, days, plural }) =>
      `FREQ=WEEKLY${count === undefined ? '' : ';INTERVAL=2'};BYDAY=${weekdays(days ?? plural)}`,
  },
  {
    pattern: new RegExp(`(?<!\\p{L})(?:chaque|tous les) (?<days>${FRENCH_DAY})(?: (?:matin|soir)s?)?(?!\\p{L})`, 'iu'),
    rule: ({ days }) => `FREQ=WEEKLY;BYDAY=${weekdays(days)}`,
  },
  {
    pattern: new RegExp(`(?<!\\p{L})(?:cada|todos los) (?<days>${SPANISH_DAY})(?!\\p{L})`, 'iu'),
    rule: ({ days }) => `FREQ=WEEKLY;BYDAY=${weekdays(days)}`,
  },
  {
    pattern: new RegExp(`(?<!\\p{L})(?:every|alle|tous les|toutes les|cada) ${COUNT} ${UNIT}(?!\\p{L})`, 'iu'),
    rule: ({ count, unit }) => frequency(unit, count),
  },
  {
    pattern: new RegExp(
      `(?<!\\p{L})(?:every|each|jede[nrsm]?|chaque|cada|tous les|toutes les|todos los|todas las) (?:single )?${UNIT}(?!\\p{L})`,
      'iu',
    ),
    rule: ({ unit }) => frequency(unit, undefined),
  },
  {
    pattern:
      /\b(?:every|each) (?:morning|evening|night|afternoon)\b|(?<!\p{L})(?:jeden (?:morgen|abend)|chaque (?:matin|soir)|cada (?:mañana|noche)|tous les (?:matins|soirs)|todas las (?:mañanas|noches))(?!\p{L})/iu,
    rule: () => 'FREQ=DAILY',
  },
  { pattern: /\b(?:fortnightly|bi-?weekly)\b/iu, rule: () => 'FREQ=WEEKLY;INTERVAL=2' },
  {
    pattern: /\bevery quarter\b|\bquarterly\b(?! (?:report|goal|review|numbers|figures|results))/iu,
    rule: () => 'FREQ=MONTHLY;INTERVAL=3',
  },
  {
    pattern:
      /(?<![\p{L}-])(?<word>daily|weekly|monthly|yearly|annually|täglich|wöchentlich|monatlich|jährlich|diariamente|semanalmente|mensualmente)(?= *(?:$|[,.;:!?)\n·]|at |on |in |for |until |um |at\b|@|\d))/iu,
    rule: ({ word = '' }) =>
      frequency(
        { d: 'days', t: 'days', w: 'weeks', s: 'weeks', m: 'months', y: 'years', a: 'years', j: 'years' }[
          word.charAt(0).toLowerCase()
        ],
        undefined,
      ),
  },
];

/** The recurrence that the text says, or null. */
export function findRecurrence(text: string): FoundRecurrence | null {
  for (const { pattern, rule } of patterns) {
    const match = pattern.exec(text);
    const found = match === null ? null : rule(match.groups ?? {});
    if (match !== null && found !== null)
      return { rule: found, start: match.index, end: match.index + match[0].length };
  }
  return null;
}

/** The first time that a recurrence falls on, from the moment of writing on, at `time` if one is said. */
export function firstOccurrence(rule: string, time: string | null, { now, timezone }: FindDueOptions): Due | null {
  const clock = wallClock(now, timezone);
  const isOver = time !== null && time <= clock.now.toFormat('HH:mm');
  const from = isOver ? clock.today.plus({ days: 1 }) : clock.today;
  const next = new RRule({ ...RRule.parseString(rule), dtstart: from.toJSDate() }).after(from.toJSDate(), true);
  const date = next === null ? null : DateTime.fromJSDate(next, { zone: 'utc' }).toISODate();
  return date === null ? null : { date, time, timezone };
}

function weekdays(names = ''): string {
  const codes = (names.toLowerCase().match(/\p{L}+/gu) ?? []).flatMap((name) => {
    const index = WEEKDAY_PREFIXES.map((list) => list.findIndex((prefix) => name.startsWith(prefix))).find(
      (place) => place >= 0,
    );
    return index === undefined ? [] : (WEEKDAY_CODES[index] ?? []);
  });
  return [...new Set(codes)].join(',');
}

function nthNumber(nth = ''): number {
  if (/^last/i.test(nth)) return -1;
  return ORDINAL_DAYS.indexOf(nth.toLowerCase()) + 1 || Number.parseInt(nth, 10);
}

function monthDay(day: number): string | null {
  return day >= 1 && day <= 31 ? `FREQ=MONTHLY;BYMONTHDAY=${day}` : null;
}

const COUNT_WORDS: Readonly<Record<string, number>> = {
  other: 2,
  second: 2,
  two: 2,
  zwei: 2,
  deux: 2,
  dos: 2,
  third: 3,
  three: 3,
  drei: 3,
  trois: 3,
  tres: 3,
  fourth: 4,
  four: 4,
  vier: 4,
  six: 6,
};

function interval(count: string | undefined): string {
  const number = count === undefined ? 1 : (COUNT_WORDS[count.toLowerCase()] ?? Number(count));
  return number > 1 ? `;INTERVAL=${number}` : '';
}

function frequency(unit: string | undefined, count: string | undefined): string | null {
  const names: readonly (readonly [RegExp, string])[] = [
    [/^(?:d|tag|jour)/iu, 'DAILY'],
    [/^(?:w|sem)/iu, 'WEEKLY'],
    [/^(?:y|jahr|an|añ)/iu, 'YEARLY'],
    [/^(?:h)/iu, 'HOURLY'],
    [/^m/iu, 'MONTHLY'],
  ];
  const name = names.find(([pattern]) => pattern.test(unit ?? ''))?.[1];
  return name === undefined || count === '0' ? null : `FREQ=${name}${interval(count)}`;
}
