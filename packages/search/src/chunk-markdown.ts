import { frontMatterLength } from './plain-text.ts';

/**
 * Splits Markdown by its structure into chunks of about 200 words, each of them a thought that can be found.
 *
 * Lines are read once, in order: front matter is skipped, a heading begins a section, a blank line or a list item a
 * block, and a fenced code block is one block. Blocks of one section fill a chunk until it is full; a small section
 * takes in the next. A block that is longer than a chunk is cut at the end of a sentence, with a little overlap so that
 * nothing is lost at the cut. The time is linear in the length of the text.
 *
 * A Markdown parser would give the same blocks with a tree besides; none is used because chunks need offsets into the
 * file and nothing else, and a tree of a ten-megabyte note costs seconds and hundreds of megabytes.
 */

/** A part of a text that is indexed as one. */
export interface Chunk {
  /** Byte offsets into the UTF-8 file, the end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The headings that the chunk stands under and does not contain itself, outermost first. */
  readonly headings: readonly string[];
}

/** About 200 English words, and well within the 256 tokens that the embedding model reads. */
const CHUNK_MAX_LENGTH = 1200;
/** A chunk that is shorter takes in the section after it. */
const CHUNK_MIN_LENGTH = 200;
/** How far back into the last sentence a cut block goes on. */
const OVERLAP_MAX_LENGTH = 160;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$/;
const HEADING_MAX_LENGTH = 200;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const LIST_ITEM = /^\s{0,12}(?:[-*+]|\d{1,9}[.)])\s/;

/** A run of lines in UTF-16 offsets, with the headings above it. */
interface Block {
  readonly start: number;
  readonly end: number;
  readonly headings: readonly string[];
  readonly isHeading: boolean;
}

/** @returns the chunks in the order of the text; none where there is nothing but white space and front matter. */
export function chunkMarkdown(text: string): Chunk[] {
  const spans: Block[] = [];
  for (const block of packBlocks(readBlocks(text))) spans.push(...cutLongBlock(text, block));
  return toChunks(text, spans);
}

/** What is known while the lines go by: the headings above, the block at hand, the fence that it is in. */
interface Reading {
  path: { level: number; title: string }[];
  open: { start: number; end: number } | null;
  fence: string | null;
}

/** So much of a line tells what kind of line it is. */
const LINE_START_LENGTH = 1000;

function* readBlocks(text: string): Generator<Block> {
  const reading: Reading = { path: [], open: null, fence: null };
  for (const line of readLines(text, frontMatterLength(text))) {
    const content = text.slice(line.start, Math.min(line.end, line.start + LINE_START_LENGTH));
    if (reading.fence !== null) continueFence(reading, line, content);
    else yield* readLine(reading, line, content);
  }
  yield* closeBlock(reading);
}

function continueFence(reading: Reading, line: { start: number; end: number }, content: string): void {
  reading.open = { start: reading.open?.start ?? line.start, end: line.end };
  if (reading.fence !== null && content.trim().startsWith(reading.fence)) reading.fence = null;
}

function* readLine(reading: Reading, line: { start: number; end: number }, content: string): Generator<Block> {
  const isBlank = content.trim() === '' && line.end - line.start <= LINE_START_LENGTH;
  const heading = HEADING.exec(content);
  if (isBlank || heading !== null || LIST_ITEM.test(content)) yield* closeBlock(reading);
  if (isBlank) return;
  if (heading === null) {
    reading.fence = FENCE.exec(content)?.[1] ?? null;
    reading.open = { start: reading.open?.start ?? line.start, end: line.end };
    return;
  }
  const level = heading[1]?.length ?? 1;
  const { path } = reading;
  while ((path.at(-1)?.level ?? 0) >= level) path.pop();
  yield { ...line, headings: path.map(({ title }) => title), isHeading: true };
  path.push({ level, title: (heading[2] ?? '').slice(0, HEADING_MAX_LENGTH).toWellFormed() });
}

function* closeBlock(reading: Reading): Generator<Block> {
  if (reading.open === null) return;
  yield { ...reading.open, headings: reading.path.map(({ title }) => title), isHeading: false };
  reading.open = null;
}

function* readLines(text: string, from: number): Generator<{ start: number; end: number }> {
  for (let start = from; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    yield { start, end };
    start = end + 1;
  }
}

/** Fills chunks with blocks; a heading begins a new one unless the one at hand is still small. */
function* packBlocks(blocks: Iterable<Block>): Generator<Block> {
  let open: Block | null = null;
  for (const block of blocks) {
    if (open === null) {
      open = block;
      continue;
    }
    const isFull = block.end - open.start > CHUNK_MAX_LENGTH;
    const isSection = block.isHeading && open.end - open.start >= CHUNK_MIN_LENGTH;
    if (isFull || isSection) {
      yield open;
      open = block;
    } else open = { ...open, end: block.end };
  }
  if (open !== null) yield open;
}

function* cutLongBlock(text: string, block: Block): Generator<Block> {
  let { start } = block;
  while (block.end - start > CHUNK_MAX_LENGTH) {
    const end = cutPosition(text, start, start + CHUNK_MAX_LENGTH);
    yield { ...block, start, end };
    start = overlapStart(text, start, end);
  }
  yield { ...block, start };
}

/** The last end of a sentence, else of a word, in the second half of the window; else its very end. */
function cutPosition(text: string, start: number, limit: number): number {
  const half = start + CHUNK_MAX_LENGTH / 2;
  const window = text.slice(half, limit);
  const sentence = lastMatchEnd(window, /[.!?…]["'”’)]*\s|[。！？]|\n/g);
  if (sentence !== null) return half + sentence;
  const word = lastMatchEnd(window, /\s/g);
  if (word !== null) return half + word;
  const isInsidePair = /[\uD800-\uDBFF]/.test(text.charAt(limit - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(limit));
  return isInsidePair ? limit - 1 : limit;
}

/** Where the part after a cut begins: with the last sentence before it, where that is short. */
function overlapStart(text: string, start: number, cut: number): number {
  const from = Math.max(cut - OVERLAP_MAX_LENGTH, start + 1);
  const beforeLastSentence = lastMatchEnd(text.slice(from, cut - 2), /[.!?…]["'”’)]*\s|[。！？]|\n/g);
  return beforeLastSentence === null ? cut : from + beforeLastSentence;
}

function lastMatchEnd(window: string, pattern: RegExp): number | null {
  let end: number | null = null;
  for (const match of window.matchAll(pattern)) end = match.index + match[0].length;
  return end;
}

/** From UTF-16 to UTF-8 offsets: spans overlap a little but their starts ascend, so the text is measured once. */
function toChunks(text: string, spans: readonly Block[]): Chunk[] {
  let measured = 0;
  let bytes = 0;
  const chunks: Chunk[] = [];
  for (const { start, end, headings } of spans) {
    const content = text.slice(start, end);
    if (content.trim() === '') continue;
    bytes += Buffer.byteLength(text.slice(measured, start));
    measured = start;
    chunks.push({ start: bytes, end: bytes + Buffer.byteLength(content), text: content, headings });
  }
  return chunks;
}
