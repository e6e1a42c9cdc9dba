/** A place where a text has a word of the query; UTF-16 offsets, the end exclusive. */
export interface FoundWord {
  readonly start: number;
  readonly end: number;
  /** The query's word, as it was given. */
  readonly word: string;
}

/** Endings are this long at the most: `s`, `ing`, `ning`. */
const ENDING_MAX_LENGTH = 4;
/** A shorter word is taken for another one too easily when it is followed by anything. */
const STEM_MIN_LENGTH = 3;

/**
 * Where a text has the words of a query, in the order of the text: what a snippet shows and what is highlighted.
 *
 * @param words whole words or stems as full-text search has them: a word of the text fits if it is the same but for
 *   an ending, so `privat` and `privacy` fit `private`. It shows what was found and decides nothing, so a word too
 *   many does no harm.
 */
export function findWords(text: string, words: readonly string[]): FoundWord[] {
  const wanted = words.map((word) => ({ word, stem: comparable(word) }));
  const found: FoundWord[] = [];
  for (const match of text.matchAll(/[\p{L}\p{M}\p{N}_]+/gu)) {
    const candidate = comparable(match[0]);
    const fitting = wanted.find(({ stem }) => fits(candidate, stem));
    if (fitting === undefined) continue;
    found.push({ start: match.index, end: match.index + match[0].length, word: fitting.word });
  }
  return found;
}

/** Stemmers write a final `y` as `i`. */
function comparable(word: string): string {
  return word.toLowerCase().replace(/y$/, 'i');
}

function fits(candidate: string, stem: string): boolean {
  if (candidate === stem) return true;
  const [shorter, longer] = candidate.length < stem.length ? [candidate, stem] : [stem, candidate];
  const shared = shorter.replace(/[ie]$/, '');
  return (
    shared.length >= STEM_MIN_LENGTH && longer.length - shared.length <= ENDING_MAX_LENGTH && longer.startsWith(shared)
  );
}
