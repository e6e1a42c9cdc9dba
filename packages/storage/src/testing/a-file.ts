import { createHash } from 'node:crypto';
import { EntityId, UserId } from '@synap/domain';
import type { FileStore, FileToStore, ListedFile } from '../file-store.ts';

const ADA = UserId.parse('01890a5d-ac96-774b-bcce-b302099a8057');
const NOTE = EntityId.parse('01890a5d-ac96-774b-bcce-b302099a8059');

/** A file to store, with everything that the test does not say. */
export function aFile(file: Partial<FileToStore> = {}): FileToStore {
  return { userId: ADA, folder: 'notes', entityId: NOTE, extension: 'md', content: bytes('# Hello'), ...file };
}

/** The bytes of a text in UTF-8. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** So many bytes that look random and are the same each time; no two stretches of them are alike. */
export function manyBytes(sizeBytes: number, seed = 1): Uint8Array {
  const content = new Uint32Array(Math.ceil(sizeBytes / 4));
  let state = seed;
  for (let index = 0; index < content.length; index += 1) {
    // Xorshift, by George Marsaglia.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    content[index] = state;
  }
  return new Uint8Array(content.buffer, 0, sizeBytes);
}

/** Content that comes in parts, and does what it is told after its first so many bytes. */
export async function* streamOf(
  content: Uint8Array,
  { partBytes = 300_000, breakAt = Number.POSITIVE_INFINITY, onBreak = () => {} }: StreamBreak = {},
): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.byteLength; start += partBytes) {
    if (start >= breakAt) await onBreak();
    yield content.subarray(start, start + partBytes);
  }
}

interface StreamBreak {
  readonly partBytes?: number;
  readonly breakAt?: number;
  readonly onBreak?: () => void | Promise<void>;
}

/** SHA-256 in lower-case hexadecimal. */
export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Everything that a store lists. */
export async function allOf(files: FileStore, prefix = ''): Promise<ListedFile[]> {
  const listed: ListedFile[] = [];
  for await (const file of files.list(prefix)) listed.push(file);
  return listed;
}
