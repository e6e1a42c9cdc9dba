/**
 * Finds when something is due (or starts) in what a person wrote.
 *
 * Own phrases are read first and blanked out, then chrono reads the rest; each gives mentions of a day, a time or both.
 * The most deliberate day wins and takes the time of day said nearest to it. Only what is said on purpose counts: a
 * false date is worse than none.
 */
import type { Due } from '@synap/domain';
import { DateTime } from 'luxon';
import { type CaptureLanguage, guessLanguage } from '../language.ts';
import { chronoMentions } from './chrono-mentions.ts';
import { englishPhrases } from './english-phrases.ts';
import { europeanPhrases } from './european-phrases.ts';
import type { Mention, Phrase, WallClock } from './mention.ts';

/** A due date, and which parts of the text said it. */
export interface FoundDue {
  readonly due: Due;
  /** Where it is said, in UTF-16 code units, in order. */
  readonly places: readonly { readonly start: number; readonly end: number }[];
  /** False when only a time of day is said, and the day is the next that has it. */
  readonly saysDay: boolean;
  readonly confidence: number;
}

export interface FindDueOptions {
  readonly now: Date;
  /** IANA name. */
  readonly timezone: string;
}

/** The due date that the text says, or null. */
export function findDue(text: string, { now, timezone }: FindDueOptions): FoundDue | null {
  const clock = wallClock(now, timezone);
  const mentions = findMentions(text, guessLanguage(text), clock);
  const day = mostDeliberateDay(text, mentions);
  const times = mentions.filter((mention) => mention.date === null && mention.time !== null);
  const time = day?.time == null ? (nearest(times, day) ?? bareHourAfter(text, day)) : undefined;
  const said = [day, time].filter((mention) => mention !== undefined).sort((one, other) => one.start - other.start);
  if (said.length === 0) return null;
  const timeOfDay = eveningTime(day?.time ?? time?.time ?? null, text);
  const date = day?.date ?? nextDayWith(timeOfDay, clock);
  if (date === null) return null;
  return {
    due: { date, time: timeOfDay, timezone },
    places: said.map((mention) => withPreposition(text, mention)),
    saysDay: day !== undefined,
    confidence: day === undefined ? 0.7 : day.isWeak ? 0.8 : 0.92,
  };
}

/** The person's clock; a timezone that this runtime does not know counts as UTC. */
export function wallClock(now: Date, timezone: string): WallClock {
  const zoned = DateTime.fromJSDate(now, { zone: timezone });
  const local = zoned.isValid ? zoned : DateTime.fromJSDate(now, { zone: 'utc' });
  return {
    now: local,
    today: DateTime.utc(local.year, local.month, local.day),
    isDayFirst: !/^(?:America|US)\//u.test(timezone),
  };
}

function findMentions(text: string, language: CaptureLanguage, clock: WallClock): Mention[] {
  let rest = withoutCode(text);
  const mentions: Mention[] = [];
  const grammars = language === 'en' ? [englishPhrases] : [europeanPhrases[language], englishPhrases];
  for (const phrase of [slashDate, ...grammars.flat()]) {
    rest = rest.replace(phrase.pattern, (match, ...more) => {
      const mention = readPhrase(phrase, match, more, clock);
      if (mention === null) return match;
      mentions.push(mention);
      return '·'.repeat(match.length);
    });
  }
  const languages: CaptureLanguage[] = language === 'en' ? ['en'] : [language, 'en'];
  for (const each of languages) {
    const found = chronoMentions(rest, each, clock).filter(
      (mention) => !mentions.some((other) => overlaps(mention, other)),
    );
    mentions.push(...found);
  }
  return mentions.sort((one, other) => one.start - other.start);
}

const slashDate: Phrase = {
  pattern:
    /(?<![\p{L}\d/])(?:on |by |until |before |due |le |el |am )(?<first>\d{1,2})\/(?<second>\d{1,2})(?:\/(?<year>\d{4}))?(?![\d/])/giu,
  read({ first, second, year }, { today, isDayFirst }) {
    const [day, month] = isDayFirst ? [Number(first), Number(second)] : [Number(second), Number(first)];
    for (const years of year === undefined ? [0, 1] : [Number(year) - today.year]) {
      const date = DateTime.utc(today.year + years, month, day);
      if (date.isValid && date >= today) return { day: date };
    }
    return null;
  },
};

function readPhrase(phrase: Phrase, match: string, more: readonly unknown[], clock: WallClock): Mention | null {
  const groups = more.at(-1);
  const hasGroups = typeof groups === 'object' && groups !== null;
  const start = Number(more.at(hasGroups ? -3 : -2));
  const reading = phrase.read(hasGroups ? { ...groups } : {}, clock);
  if (reading === null || (reading.day !== undefined && reading.day < clock.today)) return null;
  return {
    start,
    end: start + match.length,
    date: reading.day?.toISODate() ?? null,
    time: reading.time ?? null,
    isWeak: reading.isWeak ?? false,
  };
}

/**
 * Addresses, code and hashtags say no dates, and chrono would lose the Saturday of 'movie night Saturday'. Same length,
 * so that places stay true.
 */
function withoutCode(text: string): string {
  return text.replace(
    /(?<!\b(?:in the|this|at|the) )\b(?:morning|afternoon|evening|night),?(?= (?:mon|tue|wed|thu|fri|sat|sun|on ))|https?:\/\/\S+|\S+@\S+\.\S+|```[\s\S]*?(?:```|$)|`[^`\n]*`|#[\p{L}\d_-]+/giu,
    (code) => '·'.repeat(code.length),
  );
}

const DEADLINE =
  /\b(?:by|before|until|till|due|deadline|latest|no later than|bis|spätestens|avant|antes del?)[\s:]+(?:the\s|el\s|le\s|am\s|zum\s)?$/iu;
const OF_SOMETHING = /\b(?:of|since|seit|depuis|desde)\s+(?:the\s|last\s)?$/iu;

function mostDeliberateDay(text: string, mentions: readonly Mention[]): Mention | undefined {
  const weigh = (mention: Mention): number => {
    const before = text.slice(Math.max(0, mention.start - 20), mention.start);
    const startsDeadline =
      DEADLINE.test(before) || DEADLINE.test(`${text.slice(mention.start).match(/^\p{L}+\s+/u)?.[0] ?? ''}`);
    return (mention.isWeak ? 0 : 3) + (startsDeadline ? 2 : 0) - (OF_SOMETHING.test(before) ? 1 : 0);
  };
  return mentions
    .filter((mention) => mention.date !== null)
    .reduce<Mention | undefined>(
      (best, mention) => (best === undefined || weigh(mention) > weigh(best) ? mention : best),
      undefined,
    );
}

function nearest(times: readonly Mention[], day: Mention | undefined): Mention | undefined {
  if (day === undefined) return times[0];
  const gap = (time: Mention): number => Math.min(Math.abs(time.start - day.end), Math.abs(day.start - time.end));
  return times
    .filter((time) => gap(time) <= 60)
    .reduce<Mention | undefined>(
      (best, time) => (best === undefined || gap(time) < gap(best) ? time : best),
      undefined,
    );
}

const BARE_HOUR =
  /^(?:,? (?:nite|night|at))?,? (?<hour>\d{1,2})(?=$|[,;!?\n]|\.(?!\d)| (?:@|with|w\/|in|at|zoom|sharp)\b)/iu;

/** 'Dentist Fri 9': a lone number right after the day is its hour. */
function bareHourAfter(text: string, day: Mention | undefined): Mention | undefined {
  if (day === undefined || day.isWeak) return undefined;
  const match = BARE_HOUR.exec(text.slice(day.end));
  const hour = Number(match?.groups?.hour);
  if (match === null || !(hour >= 1 && hour <= 23)) return undefined;
  const time = `${String(hour <= 6 ? hour + 12 : hour).padStart(2, '0')}:00`;
  return { start: day.end, end: day.end + match[0].length, date: null, time, isWeak: false };
}

const EVENING =
  /\b(?:tonight|tonite|evening|dinner|drinks?|beers?|party|movie|cinema|concert|pub|nite|night|heute abend|abends|ce soir|dîner|esta noche|cena)\b/iu;

/** 'Dinner at 8' is at 20:00, unless it is written as 08:00 or with a.m. */
function eveningTime(time: string | null, text: string): string | null {
  const hour = Number(time?.slice(0, 2));
  if (time === null || hour < 5 || hour > 11 || !EVENING.test(text)) return time;
  if (new RegExp(`\\b0${hour}[:.h]|\\b${hour}(?:[:.]\\d\\d)?\\s?a\\.?m\\b|morning|breakfast`, 'iu').test(text))
    return time;
  return `${hour + 12}${time.slice(2)}`;
}

/** Today if that time is still to come, otherwise tomorrow. */
function nextDayWith(time: string | null, { now, today }: WallClock): string | null {
  if (time === null) return null;
  return (time > now.toFormat('HH:mm') ? today : today.plus({ days: 1 })).toISODate();
}

const PREPOSITION =
  /(?:[\s,;:–—(-]|^)+(?:(?:on|at|for|by|before|until|till|til|due|due on|due by|from|starting|this|no later than|around|latest|am|um|ab|bis|bis zum|spätestens|le|à|avant|dès|el|a las?|antes del?|para el|first thing|early|late)\s+)*(?:(?:this )?coming\s+)?$/iu;

function withPreposition(text: string, { start, end }: Mention): { start: number; end: number } {
  const lead = PREPOSITION.exec(text.slice(0, start))?.[0].length ?? 0;
  const tail =
    /^(?:\s+(?:latest|sharp|at the latest|please|spätestens))?\s*[)\]]?/iu.exec(text.slice(end))?.[0].length ?? 0;
  return { start: start - lead, end: end + tail };
}

function overlaps(one: Mention, other: Mention): boolean {
  return one.start < other.end && other.start < one.end;
}
