import { plainText } from '@synap/search';

/** How long a title that nobody gave gets, at the most. */
const DERIVED_TITLE_MAX_LENGTH = 80;
/** A title lies in the first lines; a long file need not be read for it. */
const SEARCHED_LENGTH = 2000;

/** A title for a text that has none: its first line of words, cut at a word. */
export function deriveTitle(content: string): string {
  const readable = plainText(content.slice(0, SEARCHED_LENGTH).toWellFormed(), { maxLength: SEARCHED_LENGTH });
  const lines = (readable.trim() === '' ? content.slice(0, SEARCHED_LENGTH) : readable)
    .split(/[\n\r\u2028\u2029]/)
    .map((line) =>
      line
        .toWellFormed()
        .replace(/[\p{Cc}\s]+/gu, ' ')
        .trim(),
    );
  const line =
    lines.find((candidate) => /[\p{L}\p{N}]/u.test(candidate)) ?? lines.find((candidate) => candidate !== '');
  return cutAtWord(line ?? 'Untitled', DERIVED_TITLE_MAX_LENGTH);
}

function cutAtWord(line: string, maxLength: number): string {
  const characters = [...line];
  if (characters.length <= maxLength) return line;
  const cut = characters.slice(0, maxLength - 1).join('');
  const lastSpace = cut.lastIndexOf(' ');
  return `${(lastSpace > maxLength / 2 ? cut.slice(0, lastSpace) : cut).trimEnd()}…`;
}
