const SNIPPET_MAX_LENGTH = 240;

/**
 * The part of a text that shows best why it was found: the window with the most of the query's words, cut at words.
 * @param words stems, as the index has them: a word of the text fits if it begins with one.
 */
export function cutSnippet(text: string, { words }: { words: readonly string[] }): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  if (flat.length <= SNIPPET_MAX_LENGTH) return flat;
  const start = bestWindow(flat, words);
  const end = wordBoundaryBefore(flat, start + SNIPPET_MAX_LENGTH);
  return `${start > 0 ? '…' : ''}${flat.slice(start, end).trim()}${end < flat.length ? '…' : ''}`;
}

function bestWindow(flat: string, words: readonly string[]): number {
  const hits = [...flat.matchAll(/[\p{L}\p{N}]+/gu)]
    .map((match) => ({ start: match.index, stem: stemIn(match[0].toLowerCase(), words) }))
    .filter((hit) => hit.stem !== null);
  let best = { start: 0, count: 0 };
  for (const [position, { start }] of hits.entries()) {
    const inWindow = hits.slice(position, position + 40).filter((hit) => hit.start < start + SNIPPET_MAX_LENGTH - 40);
    const count = new Set(inWindow.map(({ stem }) => stem)).size;
    if (count > best.count) best = { start, count };
  }
  return best.start <= 40 ? 0 : wordStartAfter(flat, best.start - 40);
}

function stemIn(word: string, stems: readonly string[]): string | null {
  return stems.find((stem) => word.startsWith(stem)) ?? null;
}

function wordStartAfter(flat: string, position: number): number {
  const space = flat.indexOf(' ', position);
  return space === -1 || space > position + 40 ? position : space + 1;
}

function wordBoundaryBefore(flat: string, position: number): number {
  if (position >= flat.length) return flat.length;
  const space = flat.lastIndexOf(' ', position);
  const cut = space > position - 40 ? space : position;
  return /[\uD800-\uDBFF]/.test(flat.charAt(cut - 1)) ? cut - 1 : cut;
}
