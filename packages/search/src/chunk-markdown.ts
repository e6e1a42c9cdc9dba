/**
 * Splits Markdown by its structure into chunks of about 200 words, each of them a thought that can be found.
 *
 * Blocks of one section fill a chunk until it is full; a small section takes in the next. A block that is longer than a
 * chunk is cut at the end of a sentence, with a little overlap so that nothing is lost at the cut. Every character
 * outside the front matter that is not blank lies in a chunk, chunks ascend, and each is an exact slice of the file. A
 * character of a script without spaces counts threefold: it says, and costs the embedding model, that much more. The
 * time is linear in the length of the text, whatever is in it.
 *
 * A Markdown parser would give the same blocks with a tree besides; none is used because chunks need offsets into the
 * file and nothing else, and a tree of a ten-megabyte note costs seconds and hundreds of megabytes.
 */
import { type Block, readBlocks } from './markdown-blocks.ts';
import { endOfSize, sizeOf } from './text-size.ts';

/** A part of a text that is indexed as one. */
export interface Chunk {
  /** Byte offsets into the UTF-8 file, the end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The headings that the chunk stands under and does not contain itself, outermost first, as plain text. */
  readonly headings: readonly string[];
}

/** A chunk is never longer: about 200 English words, and within the 256 tokens that the embedding model reads. */
const CHUNK_MAX_SIZE = 1200;
/** Blocks are put together up to here, so that a small heading still fits in front of a full block. */
const PACKED_MAX_SIZE = 1000;
/** A chunk that is shorter takes in the block after it, even of another section: alone it says too little. */
const CHUNK_MIN_SIZE = 200;
/** How far back into the last sentence a cut block goes on. */
const OVERLAP_MAX_LENGTH = 160;
/** The end of a sentence, in Latin script and in Chinese and Japanese, or of a line. */
const SENTENCE_END = /[.!?…]["'”’)]*\s|[。！？；]["'”’）」』]*|\n/g;

/** A run of blocks that becomes one chunk, or several if it is too long. */
interface Span {
  readonly start: number;
  readonly end: number;
  /** As `sizeOf` measures. */
  readonly size: number;
  readonly headings: readonly string[];
}

/** @returns the chunks in the order of the text; none where there is nothing but white space and front matter. */
export function chunkMarkdown(text: string): Chunk[] {
  const pieces: Span[] = [];
  for (const span of packBlocks(text, readBlocks(text))) {
    for (const piece of cutSpan(text, span)) pieces.push(piece);
  }
  return toChunks(text, pieces);
}

/** Fills spans with blocks; a heading begins a new one unless the one at hand is still small. */
function* packBlocks(text: string, blocks: Iterable<Block>): Generator<Span> {
  let open: Span | null = null;
  for (const block of blocks) {
    const next: Span = { ...block, size: sizeOf(text, block.start, block.end) };
    if (open === null) open = next;
    else if (takesIn(open, next, block.isHeading)) open = joined(open, next);
    else {
      yield open;
      open = next;
    }
  }
  if (open !== null) yield open;
}

function takesIn(open: Span, next: Span, isHeading: boolean): boolean {
  if (open.size < CHUNK_MIN_SIZE) return true;
  return !isHeading && open.size + next.size <= PACKED_MAX_SIZE;
}

function joined(open: Span, next: Span): Span {
  return { ...open, end: next.end, size: open.size + (next.start - open.end) + next.size };
}

/** Cuts into parts of about the same size, so that no scrap is left at the end. */
function* cutSpan(text: string, { start: first, end, size, headings }: Span): Generator<Span> {
  let start = first;
  let left = size;
  while (left > CHUNK_MAX_SIZE) {
    const even = Math.ceil(left / Math.ceil(left / CHUNK_MAX_SIZE));
    const limit = endOfSize(text, { start, end, size: Math.min(CHUNK_MAX_SIZE, even + OVERLAP_MAX_LENGTH) });
    const cut = cutPosition(text, start, limit);
    yield { start, end: cut, size: sizeOf(text, start, cut), headings };
    const next = overlapStart(text, start, cut);
    left -= sizeOf(text, start, next);
    start = next;
  }
  yield { start, end, size: left, headings };
}

/** The last end of a sentence, else of a word, in the second half of the window; else its very end. */
function cutPosition(text: string, start: number, limit: number): number {
  const half = start + Math.floor((limit - start) / 2);
  const window = text.slice(half, limit);
  const sentence = lastMatchEnd(window, SENTENCE_END);
  if (sentence !== null) return half + sentence;
  const word = lastMatchEnd(window, /\s/g);
  if (word !== null) return half + word;
  const isInsidePair = /[\uD800-\uDBFF]/.test(text.charAt(limit - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(limit));
  return isInsidePair ? limit - 1 : limit;
}

/** Where the part after a cut begins: with the last sentence before it, where that is short; else at the cut. */
function overlapStart(text: string, start: number, cut: number): number {
  const from = Math.max(cut - OVERLAP_MAX_LENGTH, start + Math.ceil((cut - start) / 2));
  // The end of the last sentence itself is no place to go back to.
  const beforeLastSentence = lastMatchEnd(text.slice(from, cut - 2), SENTENCE_END);
  return beforeLastSentence === null ? cut : from + beforeLastSentence;
}

function lastMatchEnd(window: string, pattern: RegExp): number | null {
  let end: number | null = null;
  for (const match of window.matchAll(pattern)) end = match.index + match[0].length;
  return end;
}

/** From UTF-16 to UTF-8 offsets: spans overlap a little but their starts ascend, so the text is measured once. */
function toChunks(text: string, spans: readonly Span[]): Chunk[] {
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
