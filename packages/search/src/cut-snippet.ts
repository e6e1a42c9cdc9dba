import { type FoundWord, findWords } from './find-words.ts';

/** What a list of hits has room for, in UTF-16 units, the ellipses included. */
const SNIPPET_MAX_LENGTH = 240;
/** So much of the text before the first word that was found is shown, as its context. */
const LEAD_LENGTH = 40;

/**
 * The part of a text that shows best why it was found: the window with the most of the query's words, cut at words,
 * white space collapsed, with an ellipsis where something is left out.
 * @param options.words stems, as the index has them, or whole words; see `findWords`.
 */
export function cutSnippet(
  text: string,
  { words, maxLength = SNIPPET_MAX_LENGTH }: { words: readonly string[]; maxLength?: number },
): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  if (flat.length <= maxLength) return flat;
  const windowLength = maxLength - 2;
  const first = bestStart(findWords(flat, words), windowLength - LEAD_LENGTH);
  const latestStart = flat.length - windowLength;
  const start = Math.min(first <= LEAD_LENGTH ? 0 : wordStartAfter(flat, first - LEAD_LENGTH), latestStart);
  const from = start === latestStart ? wordStartAfter(flat, start) : start;
  const end = start === latestStart ? flat.length : wordEndBefore(flat, from + windowLength);
  return `${from > 0 ? '…' : ''}${flat.slice(from, end).trim()}${end < flat.length ? '…' : ''}`;
}

/** Where the window with the most different words begins; of equals the first. Two ends move over the words once. */
function bestStart(found: readonly FoundWord[], length: number): number {
  const counts = new Map<string, number>();
  let best = { start: 0, different: 0 };
  let first = 0;
  for (const last of found) {
    counts.set(last.word, (counts.get(last.word) ?? 0) + 1);
    for (let oldest = found[first]; oldest !== undefined && last.end - oldest.start > length; oldest = found[first]) {
      const left = (counts.get(oldest.word) ?? 1) - 1;
      if (left === 0) counts.delete(oldest.word);
      else counts.set(oldest.word, left);
      first += 1;
    }
    const start = found[first]?.start;
    if (start !== undefined && counts.size > best.different) best = { start, different: counts.size };
  }
  return best.start;
}

function wordStartAfter(flat: string, position: number): number {
  const space = flat.indexOf(' ', position);
  if (space !== -1 && space <= position + LEAD_LENGTH) return space + 1;
  return isInsidePair(flat, position) ? position + 1 : position;
}

function wordEndBefore(flat: string, position: number): number {
  if (position >= flat.length) return flat.length;
  const space = flat.lastIndexOf(' ', position);
  if (space > position - LEAD_LENGTH) return space;
  return isInsidePair(flat, position) ? position - 1 : position;
}

function isInsidePair(flat: string, position: number): boolean {
  return /[\uD800-\uDBFF]/.test(flat.charAt(position - 1)) && /[\uDC00-\uDFFF]/.test(flat.charAt(position));
}
