import { plainInline } from './inline-markup.ts';

/** How much source is looked at for each character of plain text that is wanted: links and tags are mostly syntax. */
const SOURCE_FACTOR = 8;
/** And so much in any case, so that one long link does not leave a short preview empty. */
const SOURCE_MIN_LENGTH = 4096;
/** A longer line is read in pieces: syntax that reaches over the seam stays as it is, and the time stays linear. */
const PIECE_MAX_LENGTH = 4096;

const FENCE = /^\s*(?:`{3,}(?=[^`]*$)|~{3,})/;
const LINE_SYNTAX: readonly RegExp[] = [
  /^(?:\s*>)+/,
  /^\s*\[![\w-]{1,40}\][+-]?/,
  /^\s*#{1,6}(?:\s+|$)/,
  /^\s*(?:[-*+]|\d{1,9}[.)])\s+/,
  /^\s*\[[ xX]\]\s+/,
];

/**
 * The readable text of Markdown: without front matter, markup and link targets, one line for each line with words.
 * What previews show and what is embedded. Code stays as it is written.
 *
 * @param options.maxLength stop after this many UTF-16 units, and look at a bounded part of the source only; all of it
 *   if left out.
 */
export function plainText(markdown: string, options: { maxLength?: number } = {}): string {
  const { maxLength = Number.POSITIVE_INFINITY } = options;
  const from = frontMatterLength(markdown);
  const source = markdown.slice(from, from + Math.max(SOURCE_MIN_LENGTH, maxLength * SOURCE_FACTOR));
  const lines: string[] = [];
  let length = 0;
  let isCode = false;
  for (const line of source.split('\n')) {
    const isFence = FENCE.test(line.slice(0, PIECE_MAX_LENGTH));
    if (isFence) isCode = !isCode;
    const text = isFence ? '' : collapse(isCode ? line : plainLine(line));
    if (text === '') continue;
    lines.push(text);
    length += text.length + 1;
    if (length >= maxLength) break;
  }
  return cutAtCharacter(lines.join('\n'), maxLength);
}

/** How many characters of YAML front matter (`---` … `---`) a file starts with; 0 where it has none. */
export function frontMatterLength(markdown: string): number {
  const opening = /^\uFEFF?---[ \t]*\r?\n/.exec(markdown);
  if (opening === null) return 0;
  const closing = /^(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/gm;
  closing.lastIndex = opening[0].length;
  const match = closing.exec(markdown);
  return match === null ? 0 : match.index + match[0].length;
}

function plainLine(line: string): string {
  if (isRule(line)) return '';
  let text = line;
  for (const pattern of LINE_SYNTAX) text = text.replace(pattern, '');
  const isTableRow = text.trimStart().startsWith('|');
  const pieces: string[] = [];
  for (let start = 0; start < text.length; start += PIECE_MAX_LENGTH) {
    const piece = plainInline(text.slice(start, start + PIECE_MAX_LENGTH));
    pieces.push(isTableRow ? piece.replaceAll('|', ' ') : piece);
  }
  return pieces.join('');
}

/** A line of dashes and the like: a rule, the line under a heading, or the one under the head of a table. */
function isRule(line: string): boolean {
  return /^[-=*_|:\s]*$/.test(line);
}

function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function cutAtCharacter(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, '');
}
