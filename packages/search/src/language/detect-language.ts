import { FUNCTION_WORDS } from './function-words.ts';

/**
 * Which language a text is in, as the name of PostgreSQL's text-search configuration.
 *
 * Only what has a configuration matters, so no library of a hundred languages is needed (the small ones lack Danish and
 * Finnish, the good ones weigh 9 to 12 MB): the script tells most apart, and those in Latin letters are told by their
 * little words, which make up half of any text. A wrong guess costs little: words are looked up under each of the
 * languages that a user's chunks were taken for, so the same word is found all the same, only its other forms are not.
 */

/** Without stemming and stop words; for languages that have no configuration. */
const SIMPLE = 'simple';

/** So much of a text tells its language. */
const SAMPLE_LENGTH = 2_000;
/** Fewer little words may be there by chance. */
const HITS_MIN = 2;
const SCRIPT_SHARE_MIN = 0.5;

/** The first that half of the letters are of. */
const SCRIPTS: readonly { readonly letters: RegExp; readonly language: (text: string) => string }[] = [
  { letters: /\p{Script=Cyrillic}/gu, language: cyrillicLanguage },
  { letters: /\p{Script=Greek}/gu, language: () => 'greek' },
  { letters: /\p{Script=Arabic}/gu, language: (text) => (/[پچژگکی]/u.test(text) ? SIMPLE : 'arabic') },
  { letters: /\p{Script=Devanagari}/gu, language: () => 'hindi' },
  { letters: /\p{Script=Tamil}/gu, language: () => 'tamil' },
  { letters: /\p{Script=Armenian}/gu, language: () => 'armenian' },
  { letters: /\p{Script=Hebrew}/gu, language: () => SIMPLE },
];

/**
 * @param options.otherwise for a text that does not tell, such as a list of names.
 */
export function detectLanguage(text: string, options: { otherwise?: string } = {}): string {
  const { otherwise = 'english' } = options;
  const sample = text.slice(0, SAMPLE_LENGTH).toLowerCase();
  const letters = count(sample, /\p{L}/gu);
  if (letters === 0) return otherwise;
  const script = SCRIPTS.find(({ letters: pattern }) => count(sample, pattern) >= letters * SCRIPT_SHARE_MIN);
  if (script !== undefined) return script.language(sample);
  if (count(sample, /\p{Script=Latin}/gu) < letters * SCRIPT_SHARE_MIN) return SIMPLE;
  return latinLanguage(sample, otherwise);
}

function latinLanguage(sample: string, otherwise: string): string {
  const found = sample.match(/[\p{L}\p{M}]+/gu) ?? [];
  let best = { language: otherwise, hits: 0 };
  for (const [language, words] of Object.entries(FUNCTION_WORDS)) {
    const hits = found.filter((word) => words.has(word)).length;
    if (hits > best.hits) best = { language, hits };
  }
  return best.hits >= HITS_MIN ? best.language : otherwise;
}

/** Russian is the only one that every version of PostgreSQL can stem; letters that it lacks tell the others. */
function cyrillicLanguage(text: string): string {
  if (/[ђјљњћџ]/u.test(text)) return 'serbian';
  return /[іїєґў]/u.test(text) ? SIMPLE : 'russian';
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
