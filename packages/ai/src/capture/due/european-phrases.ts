import type { DateTime } from 'luxon';
import type { CaptureLanguage } from '../language.ts';
import { nextDayOfMonth, nextDayOfYear, nextEndOfMonth, nextWeekday, timeOfDay } from './calendar.ts';
import type { Phrase, PhraseReading } from './mention.ts';

const onDay = (day: DateTime | undefined): PhraseReading | null => (day === undefined ? null : { day });

/** The number of a name in a list of patterns, from 1. */
function numberOf(patterns: readonly string[], name = ''): number {
  return patterns.findIndex((pattern) => new RegExp(`^(?:${pattern})`, 'iu').test(name)) + 1;
}

const GERMAN_MONTHS = ['jan', 'feb', 'mär', 'apr', 'mai', 'jun', 'jul', 'aug', 'sep', 'okt', 'nov', 'dez'];
const GERMAN_MONTH = '(?<month>januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)';
const GERMAN_WEEKDAYS = ['mo', 'di', 'mi', 'do', 'fr', 'sa', 'so'];
const GERMAN_WEEKDAY = '(?<weekday>montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)';
const GERMAN_HOURS = [
  'eins',
  'zwei',
  'drei',
  'vier',
  'fünf',
  'sechs',
  'sieben',
  'acht',
  'neun',
  'zehn',
  'elf',
  'zwölf',
];

const german: readonly Phrase[] = [
  {
    pattern: /(?<!\p{L})morgen (?:früh|vormittag|mittag|nachmittag|abend)(?!\p{L})/giu,
    read: (_, { today }) => onDay(today.plus({ days: 1 })),
  },
  {
    pattern: /(?<!\p{L})heute (?:früh|vormittag|mittag|nachmittag|abend|noch)(?!\p{L})/giu,
    read: (_, { today }) => onDay(today),
  },
  { pattern: /(?<!\p{L})übermorgen(?!\p{L})/giu, read: (_, { today }) => onDay(today.plus({ days: 2 })) },
  { pattern: /(?<!\p{L})übernächste woche(?!\p{L})/giu, read: (_, { today }) => onDay(today.plus({ weeks: 2 })) },
  { pattern: /(?<!\p{L})(?:am|dieses) wochenende(?!\p{L})/giu, read: (_, { today }) => onDay(nextWeekday(today, 6)) },
  {
    pattern: /(?<!\p{L})(?:(?:am )?monatsende|ende (?:des|dieses|vom) monats?)(?!\p{L})/giu,
    read: (_, { today }) => onDay(today.endOf('month').startOf('day')),
  },
  {
    pattern: /(?<!\p{L})ende (?:der|dieser) woche(?!\p{L})/giu,
    read: (_, { today }) => onDay(nextWeekday(today.minus({ days: 1 }), 5)),
  },
  {
    pattern: new RegExp(`(?<!\\p{L})ende ${GERMAN_MONTH}`, 'giu'),
    read: ({ month }, { today }) => onDay(nextEndOfMonth(today, numberOf(GERMAN_MONTHS, month))),
  },
  {
    pattern: new RegExp(`(?<!\\p{L})(?:am )?(?<day>\\d{1,2})\\. ?${GERMAN_MONTH}(?! \\d{4})`, 'giu'),
    read: ({ day, month }, { today }) => onDay(nextDayOfYear(today, numberOf(GERMAN_MONTHS, month), Number(day))),
  },
  {
    pattern: /(?<!\p{L})(?:am|bis|bis zum|ab|vom|zum) (?<day>\d{1,2})\.(?<month>\d{1,2})\.(?!\d)/giu,
    read: ({ day, month }, { today }) => onDay(nextDayOfYear(today, Number(month), Number(day))),
  },
  {
    pattern:
      /(?<!\p{L})(?:am|bis zum|bis|ab dem|zum) (?<day>\d{1,2})\.(?=\s*(?:$|[,;!?\n]|um |ab |[a-zäöü]))(?! ?(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember))/giu,
    read: ({ day }, { today }) => onDay(nextDayOfMonth(today, Number(day))),
  },
  {
    pattern: new RegExp(
      `(?<!\\p{L})(?:(?:am|bis|kommenden|diesen|nächsten|bis zum) )*${GERMAN_WEEKDAY}(?:früh|morgen|vormittag|mittag|nachmittag|abend)?(?: (?:früh|vormittag|mittag|nachmittag|abend))?(?!\\p{L})`,
      'giu',
    ),
    read: ({ weekday = '' }, { today }) =>
      onDay(nextWeekday(today, weekday.toLowerCase() === 'sonnabend' ? 6 : numberOf(GERMAN_WEEKDAYS, weekday))),
  },
  {
    pattern: new RegExp(
      `(?<!\\p{L})(?:um )?(?<part>halb|viertel nach|viertel vor) (?<hour>${GERMAN_HOURS.join('|')}|\\d{1,2})(?!\\p{L})`,
      'giu',
    ),
    read: ({ part = '', hour }) =>
      germanTime(part.toLowerCase() === 'halb' ? -30 : /nach/i.test(part) ? 15 : -15, hour),
  },
  {
    pattern: new RegExp(
      `(?<!\\p{L})(?:um |ab |gegen |bis )?(?<hour>\\d{1,2}|${GERMAN_HOURS.join('|')})(?:[:.](?<minute>[0-5]\\d))? uhr(?: (?<minutes>[0-5]\\d))?(?: (?<part>abends|nachmittags))?(?!\\p{L})`,
      'giu',
    ),
    read: ({ hour, minute, minutes, part }) =>
      germanTime(Number(minute ?? minutes ?? 0) + (part === undefined ? 0 : 720), hour),
  },
  {
    // 'um 9' alone: not 'um 9 Euro', which is a difference.
    pattern:
      /(?<!\p{L})um (?<hour>\d{1,2})(?:[:.](?<minute>[0-5]\d))?(?![\p{L}\d.,:%€$-]*[\p{L}\d%€$])(?! ?(?:uhr|euro|cent|prozent|grad|kilo|kg|gramm|meter|zentimeter|km|punkte?|mal|tage?|wochen?|monate?|jahre?|stunden?|minuten?|%|€|\$))/giu,
    read: ({ hour, minute = '0' }) => germanTime(Number(minute), hour),
  },
  {
    pattern:
      /(?<!\p{L})(?:zwischen|von) (?<hour>\d{1,2})(?::(?<minute>[0-5]\d))? (?:und|bis) \d{1,2}(?::[0-5]\d)?(?: uhr)?(?!\p{L})/giu,
    read: ({ hour, minute = '0' }) => germanTime(Number(minute), hour),
  },
];

function germanTime(minutes: number, hourSaid: string | undefined): PhraseReading | null {
  const word = GERMAN_HOURS.indexOf((hourSaid ?? '').toLowerCase()) + 1;
  const total = (word > 0 ? word : Number(hourSaid)) * 60 + minutes;
  const time = timeOfDay(Math.floor(total / 60) % 24, total % 60);
  return time === undefined ? null : { time };
}

const FRENCH_MONTHS = [
  'janv',
  'févr|fevr',
  'mars',
  'avri',
  'mai',
  'juin',
  'juil',
  'août|aout',
  'sept',
  'octo',
  'nove',
  'déce|dece',
];
const FRENCH_MONTH = '(?<month>janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)';

const french: readonly Phrase[] = [
  { pattern: /(?<!\p{L})après[- ]demain(?!\p{L})/giu, read: (_, { today }) => onDay(today.plus({ days: 2 })) },
  {
    pattern: /(?<!\p{L})(?:ce soir|cet après-midi)(?!\p{L})/giu,
    read: (_, { today }) => ({ day: today, isWeak: true }),
  },
  {
    pattern: /(?<!\p{L})(?:la )?fin (?:du|de ce) mois(?!\p{L})/giu,
    read: (_, { today }) => onDay(today.endOf('month').startOf('day')),
  },
  {
    pattern: /(?<!\p{L})(?:la )?fin de (?:la|cette) semaine(?!\p{L})/giu,
    read: (_, { today }) => onDay(nextWeekday(today.minus({ days: 1 }), 5)),
  },
  {
    pattern: new RegExp(`(?<!\\p{L})(?:la )?fin ${FRENCH_MONTH}`, 'giu'),
    read: ({ month }, { today }) => onDay(nextEndOfMonth(today, numberOf(FRENCH_MONTHS, month))),
  },
  { pattern: /(?<!\p{L})ce week-?end(?!\p{L})/giu, read: (_, { today }) => onDay(nextWeekday(today, 6)) },
  {
    pattern: /(?<!\p{L})(?:avant )?le (?<day>\d{1,2})(?:er)?(?=\s*(?:$|[,;.!?\n]|à ))/giu,
    read: ({ day }, { today }) => onDay(nextDayOfMonth(today, Number(day))),
  },
  { pattern: /(?<!\p{L})à midi(?!\p{L})/giu, read: () => ({ time: '12:00' }) },
  {
    pattern:
      /(?<![\p{L}\d])(?:à |dès |vers )?(?<hour>[01]?\d|2[0-3]) ?(?:h|heures?)(?: ?(?<minute>[0-5]\d))?(?![\p{L}\d])/giu,
    read: ({ hour, minute }) => europeanTime(hour, minute),
  },
];

const SPANISH_MONTHS = ['ene', 'feb', 'mar', 'abr', 'may', 'jun', 'jul', 'ago', 'sep', 'oct', 'nov', 'dic'];
const SPANISH_MONTH =
  '(?<month>enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)';

const spanish: readonly Phrase[] = [
  { pattern: /(?<!\p{L})pasado mañana(?!\p{L})/giu, read: (_, { today }) => onDay(today.plus({ days: 2 })) },
  {
    pattern: /(?<!\p{L})mañana por la (?:mañana|tarde|noche)(?!\p{L})/giu,
    read: (_, { today }) => onDay(today.plus({ days: 1 })),
  },
  { pattern: /(?<!\p{L})esta (?:noche|tarde)(?!\p{L})/giu, read: (_, { today }) => ({ day: today, isWeak: true }) },
  {
    pattern: /(?<!\p{L})(?:la )?(?:próxima semana|semana que viene)(?!\p{L})/giu,
    read: (_, { today }) => onDay(today.plus({ weeks: 1 })),
  },
  {
    pattern: /(?<!\p{L})(?:este |el )?fin de semana(?!\p{L})/giu,
    read: (_, { today }) => onDay(nextWeekday(today, 6)),
  },
  {
    pattern: /(?<!\p{L})(?:fin|final(?:es)?) de(?:l)?(?: este)? mes(?!\p{L})/giu,
    read: (_, { today }) => onDay(today.endOf('month').startOf('day')),
  },
  {
    pattern: new RegExp(`(?<!\\p{L})(?:fin|final(?:es)?) de ${SPANISH_MONTH}`, 'giu'),
    read: ({ month }, { today }) => onDay(nextEndOfMonth(today, numberOf(SPANISH_MONTHS, month))),
  },
  {
    pattern: new RegExp(`(?<!\\p{L})(?:el )?(?<day>\\d{1,2}) de ${SPANISH_MONTH}(?! de \\d)`, 'giu'),
    read: ({ day, month }, { today }) => onDay(nextDayOfYear(today, numberOf(SPANISH_MONTHS, month), Number(day))),
  },
  {
    pattern: /(?<!\p{L})(?:el )?día (?<day>\d{1,2})(?! de)(?![\p{L}\d])/giu,
    read: ({ day }, { today }) => onDay(nextDayOfMonth(today, Number(day))),
  },
  { pattern: /(?<!\p{L})(?:a|al) mediodía(?!\p{L})/giu, read: () => ({ time: '12:00' }) },
  {
    pattern:
      /(?<!\p{L})(?:a|desde) las? (?<hour>\d{1,2})(?:[:.h](?<minute>[0-5]\d))? ?h?(?: de la (?<part>tarde|noche))?(?![\p{L}\d])/giu,
    read: ({ hour, minute, part }) =>
      europeanTime(String(Number(hour) + (part !== undefined && Number(hour) < 12 ? 12 : 0)), minute),
  },
];

function europeanTime(hour: string | undefined, minute: string | undefined): PhraseReading | null {
  const time = timeOfDay(Number(hour), Number(minute ?? 0));
  return time === undefined ? null : { time };
}

/** What chrono's grammars of these languages lack. Earlier ones win. */
export const europeanPhrases: Record<Exclude<CaptureLanguage, 'en'>, readonly Phrase[]> = {
  de: german,
  fr: french,
  es: spanish,
};
