/** Runs of so many words are compared; of text without spaces, runs of characters. */
const WORDS_PER_SHINGLE = 3;
const CHARACTERS_PER_SHINGLE = 8;

/**
 * How much of two texts is the same, word for word: the Jaccard similarity of their runs of words (Broder, On the
 * resemblance and containment of documents, 1997). Case, markup and punctuation do not count.
 *
 * @returns 0 where nothing is the same, 1 where all is.
 */
export function shingleOverlap(left: string, right: string): number {
  const [ofLeft, ofRight] = [shinglesOf(left), shinglesOf(right)];
  let shared = 0;
  for (const shingle of ofLeft) if (ofRight.has(shingle)) shared += 1;
  const all = ofLeft.size + ofRight.size - shared;
  return all === 0 ? 0 : shared / all;
}

/** The runs of words of a text; of a text of fewer words, all of it. */
export function shinglesOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const shingles = new Set<string>();
  if (words.length >= WORDS_PER_SHINGLE) addRuns(shingles, words, { size: WORDS_PER_SHINGLE, separator: ' ' });
  else if (words.length > 0) shingles.add(words.join(' '));
  for (const word of words.filter((candidate) => isUnspaced(candidate))) {
    addRuns(shingles, [...word], { size: CHARACTERS_PER_SHINGLE, separator: '' });
  }
  return shingles;
}

function addRuns(
  shingles: Set<string>,
  pieces: readonly string[],
  { size, separator }: { size: number; separator: string },
): void {
  for (let start = 0; start + size <= pieces.length; start += 1) {
    shingles.add(pieces.slice(start, start + size).join(separator));
  }
}

/** Of a script that writes no spaces between words. */
function isUnspaced(word: string): boolean {
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word);
}
