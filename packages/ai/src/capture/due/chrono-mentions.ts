// By language, since all of them together are 266 modules, which every start would load.
import type { ParsedComponents, ParsedResult } from 'chrono-node';
import * as german from 'chrono-node/de';
import * as english from 'chrono-node/en';
import { casual as spanish } from 'chrono-node/es';
import * as french from 'chrono-node/fr';
import { DateTime } from 'luxon';
import type { CaptureLanguage } from '../language.ts';
import { nextDayOfYear, nextWeekday, timeOfDay } from './calendar.ts';
import type { Mention, WallClock } from './mention.ts';

const grammars: Record<CaptureLanguage, english.Chrono> = {
  en: new english.Chrono(english.configuration.createCasualConfiguration(false)),
  de: german.casual,
  fr: french.casual,
  es: spanish,
};

/**
 * What chrono finds, made safe for proposing a date: only what is said on purpose, never the past, and read on the
 * person's clock.
 *
 * chrono computes with the clock of the machine. So it is given a reference whose local fields are the person's wall
 * clock, and its answer is read field by field; the machine's own timezone and its changes of the clock do not show.
 */
export function chronoMentions(text: string, language: CaptureLanguage, clock: WallClock): Mention[] {
  const { now } = clock;
  const reference = new Date(now.year, now.month - 1, now.day, now.hour, now.minute, now.second);
  return grammars[language]
    .parse(text, reference, { forwardDate: true })
    .filter((result) => isOnPurpose(result, text))
    .flatMap((result) => toMention(result, reference, clock) ?? []);
}

/** Words of a date that are more often something else. */
const AMBIGUOUS_WORD = /^(?:sat|sun|mon|wed|fri|may|march|mar|second|do|di|mi|so|mar|mer|sun)$/u;
const LEADS_TO_DATE =
  /(?:^|[\s(,])(?:on|by|before|until|till|due|for|this|next|coming|from|am|bis|ab|le|el|avant|antes)\s+(?:the\s+)?$/iu;
const FOLLOWS_DATE = /^[,\s]*(?:\d|at\b|noon|morning|afternoon|evening|night|nite|@)/iu;
const SPEAKS_OF_PAST =
  /\b(?:last|since|past|previous|about|regarding|ago|letzte[nrs]?|seit|dernier|depuis|pasado|desde)\s+$/iu;
const COUNTED =
  /\d|\b(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|few|several|couple|half)\b/iu;
const RELATIVE_TO_NOW =
  /^(?:in|within|next|this|the next|coming|dans|en|innerhalb|binnen|nächste|la|los?|today|tomorrow|day)\b|(?:from now|later|time)$/iu;

function isOnPurpose(result: ParsedResult, text: string): boolean {
  const { text: said, index, start } = result;
  const before = text.slice(Math.max(0, index - 20), index);
  const after = text.slice(index + said.length, index + said.length + 20);
  if (isPast(said, before, after) || isOtherWord(said, before, after) || isDuration(result)) return false;
  return namesDay(start, said, before) || namesTime(start, said);
}

/** 'Last Monday', 'two weeks ago', 'just now', 'the minutes from Monday's meeting'. */
function isPast(said: string, before: string, after: string): boolean {
  if (SPEAKS_OF_PAST.test(before) || /^\s+(?:ago|overdue|old)\b/iu.test(after)) return true;
  if (/^(?:now|right now|just now|jetzt|maintenant|ahora)$/iu.test(said)) return true;
  return /\b(?:from|of|vom|du|del)\s+(?:the\s+)?$/iu.test(before) && /^['’]s\b/u.test(after);
}

/** 'He sat', 'we may', '1/2 l milk'. */
function isOtherWord(said: string, before: string, after: string): boolean {
  if (LEADS_TO_DATE.test(before)) return false;
  return /^\d{1,2}[/.]\d{1,2}$/u.test(said) || (AMBIGUOUS_WORD.test(said) && !FOLLOWS_DATE.test(after));
}

/** 'For 45 minutes', 'every 2 weeks', 'the minutes' (a text), 'wait a second'. */
function isDuration({ text: said, start }: ParsedResult): boolean {
  const tags = start.tags();
  if (tags.has('result/relativeDateAndTime') && !/^(?:in|within|dans|en)\b|(?:later|from now)$/iu.test(said))
    return true;
  if (!tags.has('result/relativeDate') || !COUNTED.test(said)) return false;
  return !RELATIVE_TO_NOW.test(said) || /^(?:next|the next)\s+(?:\d|few|couple|two|three)/iu.test(said);
}

function namesDay(start: ParsedComponents, said: string, before: string): boolean {
  if (start.isCertain('day') || start.isCertain('weekday')) return true;
  if (/\b(?:next month|in (?:a|one) (?:month|year)|in \d+ (?:months|years)|weekend|week)\b/iu.test(said)) return true;
  if (/(?:nächsten? monat|mois prochain|próximo mes)/iu.test(said)) return true;
  // 'by June' is a deadline; 'in June' is when it happens to be warm.
  return start.isCertain('month') && /\b(?:by|before|until|till|bis|avant|antes de)\s+$/iu.test(before);
}

function namesTime(start: ParsedComponents, said: string): boolean {
  if (!start.isCertain('hour') || start.isCertain('month')) return false;
  return /:|[ap]\.?\s?m\b|^at\b|uhr|\dh|noon|midnight|^à|^a las?\b/iu.test(said);
}

function toMention({ text, index, start }: ParsedResult, reference: Date, clock: WallClock): Mention | null {
  const place = { start: index, end: index + text.length, isWeak: false };
  const instant = instantOf(start, reference, clock);
  if (instant !== null) return { ...place, date: instant.toISODate(), time: instant.toFormat('HH:mm') };
  const time = start.isCertain('hour') ? (timeOfDay(start.get('hour') ?? 0, start.get('minute') ?? 0) ?? null) : null;
  if (isTimeOnly(start)) {
    return { ...place, date: null, time: afternoonTime(start, text, time) };
  }
  const day = dayOf(start, text, time, clock);
  if (day === undefined || day < clock.today) return null;
  return { ...place, date: day.toISODate(), time: afternoonTime(start, text, time) };
}

/** 'In 20 minutes' and '9 am EST' name an instant, whatever the person's calendar says. */
function instantOf(start: ParsedComponents, reference: Date, { now }: WallClock): DateTime | null {
  if (start.tags().has('result/relativeDateAndTime')) {
    return now.plus({ milliseconds: start.date().getTime() - reference.getTime() });
  }
  if (start.isCertain('timezoneOffset') && start.isCertain('hour')) {
    return DateTime.fromJSDate(start.date()).setZone(now.zone);
  }
  return null;
}

function isTimeOnly(start: ParsedComponents): boolean {
  return (
    !(['day', 'weekday', 'month', 'year'] as const).some((part) => start.isCertain(part)) && start.isCertain('hour')
  );
}

function dayOf(
  start: ParsedComponents,
  said: string,
  time: string | null,
  { now, today }: WallClock,
): DateTime | undefined {
  const weekday = start.get('weekday');
  if (start.isCertain('weekday') && !start.isCertain('day') && weekday !== null && isBareWeekday(said)) {
    const isLaterToday = weekday % 7 === today.weekday % 7 && time !== null && time > now.toFormat('HH:mm');
    return isLaterToday ? today : nextWeekday(today, weekday === 0 ? 7 : weekday);
  }
  const [year, month, day] = [start.get('year'), start.get('month'), start.get('day')];
  if (year === null || month === null || day === null) return undefined;
  if (start.isCertain('day') && start.isCertain('month') && !start.isCertain('year'))
    return nextDayOfYear(today, month, day);
  const date = DateTime.utc(year, month, day);
  return date.isValid ? date : undefined;
}

function isBareWeekday(said: string): boolean {
  return !/\b(?:next|this|last|nächste|prochaine?|próximo)\b/iu.test(said);
}

/** 'At 4' is the afternoon; '4:50' at a station, '04:00' and '4 am' are what they say. */
function afternoonTime(start: ParsedComponents, said: string, time: string | null): string | null {
  if (time === null || start.isCertain('meridiem')) return time;
  const hour = Number(time.slice(0, 2));
  const isBare = !/[:.h]\d\d|\b0\d/u.test(said);
  const isSmall = hour >= 1 && (isBare ? hour <= 6 : hour <= 3 && !/\b0\d/u.test(said));
  return isSmall && !/morning|night/iu.test(said) ? `${hour + 12}${time.slice(2)}` : time;
}
