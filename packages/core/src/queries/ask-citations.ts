import type { Quote, Statement } from '@synap/ai';
import type { EntityId } from '@synap/domain';

/**
 * Quotes are proven before they are shown: a statement passes only if each of its quotes is, byte for byte, in the part
 * of the file that the answerer was given. Who or what made the statement does not matter.
 */

/** A passage as the answerer was given it, and the file that it was cut from. */
export interface CitablePassage {
  readonly entityId: EntityId;
  readonly title: string;
  readonly version: number;
  readonly checksum: string;
  /** The whole file, verified against its checksum. */
  readonly bytes: Uint8Array;
  /** Where the passage lies in it; byte offsets, the end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A quote that is in the file. */
export interface Citation {
  entityId: EntityId;
  title: string;
  /** The entity's version that was read, and its content's SHA-256: the revision. */
  version: number;
  checksum: string;
  /** Where in the file; byte offsets, the end exclusive. */
  start: number;
  end: number;
  quote: string;
}

/** A shorter quote is in any text by chance, and proves nothing. */
const QUOTE_MIN_BYTES = 8;

/** The citations of a statement, or `null` if it has none or any of its quotes is not exactly where it says. */
export function proveStatement(statement: Statement, passages: readonly CitablePassage[]): Citation[] | null {
  const citations: Citation[] = [];
  for (const quote of statement.quotes) {
    const citation = locate(quote, passages[quote.passage]);
    if (citation === null) return null;
    citations.push(citation);
  }
  return citations.length === 0 ? null : citations;
}

function locate({ text }: Quote, passage: CitablePassage | undefined): Citation | null {
  if (passage === undefined || !text.isWellFormed()) return null;
  const wanted = new TextEncoder().encode(text);
  if (wanted.length < Math.min(QUOTE_MIN_BYTES, passage.end - passage.start) || text.trim() === '') return null;
  const within = Buffer.from(
    passage.bytes.buffer,
    passage.bytes.byteOffset + passage.start,
    passage.end - passage.start,
  );
  const index = within.indexOf(wanted);
  if (index === -1) return null;
  const { entityId, title, version, checksum } = passage;
  const start = passage.start + index;
  return { entityId, title, version, checksum, start, end: start + wanted.length, quote: text };
}
