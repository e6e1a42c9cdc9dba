/**
 * Words of scripts that are written without spaces. Full-text search sees a whole sentence as one word there, or nothing
 * at all; so their runs of characters become overlapping pairs, made by this file for what is indexed and for what is
 * asked. Korean is written with spaces, but grows its endings onto its words: pairs find it as well.
 */

const RUN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々〆]+/gu;

/** Full-width letters, ligatures and the like as their plain ones, in small letters: the same text, the same words. */
export function normalised(text: string): string {
  return text.toWellFormed().normalize('NFKC').toLowerCase().replaceAll('\0', ' ');
}

/** A text parted by how its words are found. Both parts are normalised. */
export interface PartedText {
  /** What full-text search reads. */
  readonly spaced: string;
  /** Each once: the pairs of each run, and its last character. */
  readonly grams: readonly string[];
}

/** For what is indexed: with the last character, a single one is found wherever it stands, as the start of a pair. */
export function partText(text: string): PartedText {
  const normal = normalised(text);
  const grams = new Set<string>();
  for (const [run] of normal.matchAll(RUN)) {
    const characters = [...run];
    for (const pair of pairs(characters)) grams.add(pair);
    grams.add(characters.at(-1) ?? run);
  }
  return { spaced: normal.replace(RUN, ' '), grams: [...grams] };
}

/** For what is asked: the pairs, and characters that stand alone, which are the start of a pair. */
export function partQuery(text: string): PartedText & { readonly singles: readonly string[] } {
  const normal = normalised(text);
  const grams = new Set<string>();
  const singles = new Set<string>();
  for (const [run] of normal.matchAll(RUN)) {
    const characters = [...run];
    if (characters.length === 1) singles.add(run);
    for (const pair of pairs(characters)) grams.add(pair);
  }
  return { spaced: normal.replace(RUN, ' '), grams: [...grams], singles: [...singles] };
}

function pairs(characters: readonly string[]): string[] {
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}
