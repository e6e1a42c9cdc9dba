/**
 * The zip archive of a Word document, opened without trust. An entry is only ever inflated as a stream, so memory does
 * not grow with what it inflates to; a stream that yields more than its entry announces is stopped there; and an
 * archive that announces more than a document can need is refused before anything is inflated. Entries that hold other
 * archives are never opened.
 */
import type { Readable } from 'node:stream';
import { Unprocessable } from '@synap/domain';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';

/** A document has some hundred entries, most of them pictures. */
const MAX_ENTRIES = 10_000;
/** What one part may inflate to: about a hundred times the text of a long novel, with its markup. */
const MAX_ENTRY_BYTES = 256_000_000;
/** What all of them may inflate to. */
const MAX_TOTAL_BYTES = 1_000_000_000;
/** How often larger than its compressed form a big part may be. Markup reaches 50 to 100; deflate ends at 1,032. */
const MAX_RATIO = 200;
/** Smaller parts may have any ratio: they harm nobody. */
const RATIO_FROM_BYTES = 10_000_000;

export interface DocxArchive {
  /** A part's content as it is inflated, or undefined if there is no such part. The name has no leading slash. */
  open(partName: string): Promise<Readable | undefined>;
}

/**
 * Reads the directory of the archive.
 *
 * @throws {Unprocessable} if it is a zip bomb.
 * @throws {Error} if it is no intact zip archive.
 */
export async function openDocxArchive(content: Uint8Array): Promise<DocxArchive> {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const archive = await fromBufferPromise(bytes, { lazyEntries: true });
  const entries = await readDirectory(archive, bytes.byteLength);
  return {
    async open(partName) {
      const entry = entries.get(partName.toLowerCase());
      return entry === undefined ? undefined : archive.openReadStreamPromise(entry);
    },
  };
}

async function readDirectory(archive: ZipFile, archiveBytes: number): Promise<Map<string, Entry>> {
  if (archive.entryCount > MAX_ENTRIES) throw bomb(`has more than ${MAX_ENTRIES} entries`);
  const entries = new Map<string, Entry>();
  let totalBytes = 0;
  for await (const entry of archive.eachEntry()) {
    if (entries.size >= MAX_ENTRIES) throw bomb(`has more than ${MAX_ENTRIES} entries`);
    totalBytes += entry.uncompressedSize;
    if (entry.uncompressedSize > MAX_ENTRY_BYTES) throw bomb(`has an entry of more than ${MAX_ENTRY_BYTES} bytes`);
    if (totalBytes > MAX_TOTAL_BYTES) throw bomb(`unpacks to more than ${MAX_TOTAL_BYTES} bytes`);
    if (isBeyondReason(entry.uncompressedSize, entry.compressedSize) || isBeyondReason(totalBytes, archiveBytes)) {
      throw bomb(`unpacks to more than ${MAX_RATIO} times its size`);
    }
    // Names of parts are the same whatever their case (ECMA-376, part 2).
    entries.set(entry.fileName.toLowerCase(), entry);
  }
  return entries;
}

function isBeyondReason(inflatedBytes: number, compressedBytes: number): boolean {
  return inflatedBytes > RATIO_FROM_BYTES && inflatedBytes > compressedBytes * MAX_RATIO;
}

function bomb(why: string): Unprocessable {
  return new Unprocessable(`This Word document is refused, since the archive that it is ${why}.`);
}
