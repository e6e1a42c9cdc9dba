import { canBePerson } from '@synap/domain';
import type { Guess } from './capture-analyzer.ts';
import { guessLanguage } from './language.ts';
import { CODE_OR_ADDRESS } from './tags.ts';

/*
 * Who is named in a capture. A name is a word like any other, so only what stands where names stand is taken for one:
 * behind '@', behind a title, and behind what is done with people. The rest is left to whoever knows better.
 */

const PEOPLE_MAX = 10;
/** What is capitalised, and stands where a name could. */
const NO_NAMES =
  /^(?:mon|tues|wednes|thurs|fri|satur|sun)day$|^(?:january|february|march|april|may|june|july|august|september|october|november|december|christmas|easter|i|the|a|zoom|teams|google|apple|amazon|microsoft)$/iu;

const AT = /(?<![\p{L}\p{N}._%+@/-])@(\p{L}[\p{L}\p{M}\p{N}_-]*)(?![\p{L}\p{N}_/]|[.@]\p{L})/gu;
const NAME = String.raw`(\p{Lu}[\p{Ll}\p{M}’'-]+(?:[ ]\p{Lu}[\p{Ll}\p{M}’'-]+)?)(?![\p{L}\p{N}])`;
const TITLED = new RegExp(String.raw`(?<!\p{L})(?:Mr|Mrs|Ms|Dr|Prof|Frau|Herrn?|Mme|M|Sr|Sra)\.?[ ]${NAME}`, 'gu');
const DONE_WITH_PEOPLE = new RegExp(
  String.raw`(?<!\p{L})(?:${[
    '[Cc]all|[Pp]hone|[Ee]mail|[Tt]ext|[Mm]eet|[Tt]ell|[Ii]nvite|[Tt]hank|[Vv]isit|[Aa]sk|[Rr]emind',
    '(?:[Mm]eet(?:ing)?|[Ll]unch|[Dd]inner|[Bb]reakfast|[Cc]offee|[Dd]rinks|[Tt]alk|[Cc]hat|[Cc]all|[Ww]alk|[Aa]ppointment) with',
    '[Aa]ppeler|(?:[Dd]îner|[Dd]éjeuner|[Cc]afé|[Rr]éunion|[Rr]endez-vous) avec',
    '[Ll]lamar a|(?:[Cc]ena|[Cc]omida|[Cc]afé|[Rr]eunión|[Cc]ita) con',
  ].join('|')})[ ]${NAME}`,
  'gu',
);

/** The people that are named, the surest first. */
export function findPeople(content: string): Guess<string>[] {
  const text = content.replace(CODE_OR_ADDRESS, ' ');
  const found = [
    ...namesIn(text, AT).map((name) => ({ value: name, confidence: /^\p{Lu}/u.test(name) ? 0.9 : 0.6 })),
    ...namesIn(text, TITLED).map((name) => ({ value: name, confidence: 0.6 })),
    // In German every noun is capitalised.
    ...(guessLanguage(text) === 'de' ? [] : namesIn(text, DONE_WITH_PEOPLE)).map((name) => ({
      value: name,
      confidence: 0.45,
    })),
  ];
  const people = new Map<string, Guess<string>>();
  for (const person of found) {
    const key = person.value.toLowerCase();
    if (!people.has(key)) people.set(key, person);
  }
  return [...people.values()].slice(0, PEOPLE_MAX);
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)]
    .map(([, name = '']) => withoutOthers(name))
    .filter((name) => name !== '' && canBePerson(name));
}

/** 'Call Anna Monday' is about Anna. */
function withoutOthers(name: string): string {
  const words = name.split(' ');
  const end = words.findIndex((word) => NO_NAMES.test(word));
  return (end === -1 ? words : words.slice(0, end)).join(' ');
}
