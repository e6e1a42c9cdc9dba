import { frontMatterLength, plainText } from './plain-text.ts';

/**
 * The blocks of a Markdown text, in UTF-16 offsets, by reading its lines once and in order: front matter is skipped, a
 * blank line or a list item begins a block, a heading is a block, and so is fenced code with all that is in it.
 */
export interface Block {
  readonly start: number;
  readonly end: number;
  /** The headings above, outermost first. */
  readonly headings: readonly string[];
  readonly isHeading: boolean;
}

/** So much of a line tells what kind of line it is. */
const LINE_START_LENGTH = 400;
const HEADING_MAX_LENGTH = 200;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*))?$/;
/** A line under a single line of text that makes it a heading. */
const UNDERLINE = /^ {0,3}(?:(=+)|-+)$/;
/** What follows the opening fence of backticks has none itself, or it is a code span. */
const FENCE = /^\s*(`{3,}(?=[^`]*$)|~{3,})/;
const LIST_ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s/;
const QUOTE_OR_TABLE = /^\s*[>|]/;

interface Line {
  readonly start: number;
  readonly end: number;
  /** Its beginning, without the blanks at its end. */
  readonly content: string;
}

/** What is known while the lines go by. */
interface Reading {
  /** The headings above. */
  readonly path: { readonly level: number; readonly title: string }[];
  /** The block at hand, and its first line. */
  open: { readonly start: number; end: number; readonly firstLine: string; lines: number } | null;
  /** The fence that opened the code at hand. */
  fence: string | null;
}

/** Blocks ascend and do not overlap; what lies between them is blank or front matter. */
export function* readBlocks(text: string): Generator<Block> {
  const reading: Reading = { path: [], open: null, fence: null };
  for (const line of readLines(text, frontMatterLength(text))) {
    if (reading.fence !== null) continueFence(reading, reading.fence, line);
    else yield* readLine(reading, line);
  }
  yield* closeBlock(reading);
}

function* readLines(text: string, from: number): Generator<Line> {
  for (let start = from; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    yield { start, end, content: text.slice(start, Math.min(end, start + LINE_START_LENGTH)).trimEnd() };
    start = end + 1;
  }
}

function continueFence(reading: Reading, fence: string, line: Line): void {
  extendBlock(reading, line);
  const mark = line.content.trimStart();
  const isClosing = mark.startsWith(fence) && mark.replaceAll(fence.charAt(0), '') === '';
  if (isClosing) reading.fence = null;
}

function* readLine(reading: Reading, line: Line): Generator<Block> {
  const { content } = line;
  if (content === '' && line.end - line.start <= LINE_START_LENGTH) {
    yield* closeBlock(reading);
    return;
  }
  const heading = HEADING.exec(content);
  if (heading !== null) {
    yield* closeBlock(reading);
    yield* readHeading(reading, line, { level: heading[1]?.length ?? 1, title: heading[2] ?? '' });
    return;
  }
  const underline = UNDERLINE.exec(content);
  if (underline !== null && isHeadingText(reading)) {
    const { start, firstLine } = reading.open ?? { ...line, firstLine: '' };
    reading.open = null;
    const level = underline[1] === undefined ? 2 : 1;
    yield* readHeading(reading, { start, end: line.end }, { level, title: firstLine });
    return;
  }
  if (LIST_ITEM.test(content)) yield* closeBlock(reading);
  extendBlock(reading, line);
  reading.fence = FENCE.exec(content)?.[1] ?? null;
}

function isHeadingText({ open }: Reading): boolean {
  if (open === null || open.lines !== 1 || open.firstLine.length >= LINE_START_LENGTH) return false;
  return !LIST_ITEM.test(open.firstLine) && !QUOTE_OR_TABLE.test(open.firstLine);
}

function* readHeading(
  { path }: Reading,
  { start, end }: { start: number; end: number },
  { level, title }: { level: number; title: string },
): Generator<Block> {
  while ((path.at(-1)?.level ?? 0) >= level) path.pop();
  yield { start, end, headings: path.map((heading) => heading.title), isHeading: true };
  const plain = plainText(withoutClosingMarks(title), { maxLength: HEADING_MAX_LENGTH });
  if (plain !== '') path.push({ level, title: plain });
}

/** `## Title ##` means the same as `## Title`, and `# C#` is about C#. */
function withoutClosingMarks(title: string): string {
  let end = title.length;
  while (title.charAt(end - 1) === '#') end -= 1;
  return end === 0 || /\s/.test(title.charAt(end - 1)) ? title.slice(0, end) : title;
}

function extendBlock(reading: Reading, { start, end, content }: Line): void {
  if (reading.open === null) reading.open = { start, end, firstLine: content, lines: 1 };
  else {
    reading.open.end = end;
    reading.open.lines += 1;
  }
}

function* closeBlock(reading: Reading): Generator<Block> {
  if (reading.open === null) return;
  const { start, end } = reading.open;
  yield { start, end, headings: reading.path.map(({ title }) => title), isHeading: false };
  reading.open = null;
}
