import { createHash } from 'node:crypto';
import { Unavailable } from '@synap/domain';
import { checksumPrefixOf } from './file-path.ts';
import type { FileStore, ReadOptions } from './file-store.ts';

/**
 * A range of an object, or all of it, as one array. For content that is known to fit in memory.
 * @throws {NotFound | Unavailable | RangeError} as `FileStore.read`.
 */
export async function readBytes(files: FileStore, path: string, options: ReadOptions = {}): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of await files.read(path, options)) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * An object whole and proven: its content has the hash that its path carries.
 * @throws {NotFound} if there is no such object.
 * @throws {Unavailable} if it has been damaged.
 */
export async function readVerified(
  files: FileStore,
  path: string,
  options: { signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  const bytes = await readBytes(files, path, options);
  assertChecksum(path, createHash('sha256').update(bytes).digest('hex'));
  return bytes;
}

/**
 * An object in parts, proven on the way: for content that is too large for memory. The last part is given only once
 * the whole is known to have the hash that its path carries, so nobody is left with all of a damaged object.
 * @throws {NotFound} if there is no such object.
 * @throws {Unavailable} in place of the last part, if it has been damaged.
 */
export async function* streamVerified(
  files: FileStore,
  path: string,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let held: Uint8Array | null = null;
  for await (const part of await files.read(path, options)) {
    hash.update(part);
    if (held !== null) yield held;
    held = part;
  }
  assertChecksum(path, hash.digest('hex'));
  if (held !== null) yield held;
}

function assertChecksum(path: string, checksum: string): void {
  if (checksum.startsWith(checksumPrefixOf(path))) return;
  throw new Unavailable(
    'storage',
    `The file ${path} is damaged: its content is not what was stored. Put it back from a backup.`,
  );
}
