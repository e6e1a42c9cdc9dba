import { constants } from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import { NotFound, Unavailable } from '@synap/domain';
import type { ByteRange, FoundFile, ReadOptions } from '../file-store.ts';
import { hasErrorCode, onDisk } from './storage-failure.ts';

/** Large enough that a gigabyte is read about as fast as it can be copied; a reader holds two of them. */
const READ_SIZE_BYTES = 1024 * 1024;
/** Windows knows no such flag; its links need a privilege to make. */
const NO_LINKS = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;

/** An object, by its path in the store and on the disk. */
interface ObjectFile {
  readonly path: string;
  /** The real path: anything that is reached by a link on the way is no object. */
  readonly absolute: string;
}

/** An object as it lies there, or `null` where there is none. */
export async function findObject(absolute: string): Promise<FoundFile | null> {
  try {
    const found = await lstat(absolute);
    if (!found.isFile() || (await realpath(absolute)) !== absolute) return null;
    return { sizeBytes: found.size, modifiedAt: found.mtime };
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')) return null;
    throw error;
  }
}

/** Reads an object, as the file store promises. */
export async function readObject(file: ObjectFile, { range, signal }: ReadOptions): Promise<AsyncIterable<Uint8Array>> {
  signal?.throwIfAborted();
  const found = await onDisk(() => findObject(file.absolute));
  if (found === null) throw new NotFound('file', file.path);
  const { start, end } = range ?? { start: 0, end: found.sizeBytes };
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end)) {
    throw new RangeError(`Bytes ${start} to ${end} are no range.`);
  }
  if (end > found.sizeBytes) throw tooShort(file, found.sizeBytes, end);
  return readParts(file, { start, end }, signal);
}

async function* readParts(
  file: ObjectFile,
  { start, end }: ByteRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const handle = await onDisk(() => openObject(file));
  const readAt = (position: number): Promise<Uint8Array> => {
    const part = readPart(handle, { position, sizeBytes: Math.min(READ_SIZE_BYTES, end - position) });
    // It is awaited when it is asked for; until then a failure must not count as unhandled.
    part.catch(() => undefined);
    return part;
  };
  let next: Promise<Uint8Array> = Promise.resolve(new Uint8Array());
  try {
    if (start < end) next = readAt(start);
    for (let position = start; position < end; ) {
      signal?.throwIfAborted();
      const part = await next;
      if (part.byteLength === 0) throw tooShort(file, position, end);
      position += part.byteLength;
      // The next part is read while the reader is at this one.
      if (position < end) next = readAt(position);
      yield part;
    }
  } finally {
    await next.catch(() => undefined);
    await onDisk(() => handle.close());
  }
}

async function readPart(
  handle: FileHandle,
  { position, sizeBytes }: { position: number; sizeBytes: number },
): Promise<Uint8Array> {
  // Not cleared first: only what was read into it is given away. Not of the pool: a reader may keep it.
  const part = Buffer.allocUnsafeSlow(sizeBytes);
  const { bytesRead } = await onDisk(() => handle.read(part, 0, sizeBytes, position));
  return part.subarray(0, bytesRead);
}

async function openObject({ path, absolute }: ObjectFile): Promise<FileHandle> {
  try {
    return await open(absolute, constants.O_RDONLY | NO_LINKS);
  } catch (error) {
    // Removed since it was found, or a link was put in its place.
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ELOOP')) throw new NotFound('file', path);
    throw error;
  }
}

function tooShort({ path }: ObjectFile, sizeBytes: number, end: number): Unavailable {
  return new Unavailable(
    'storage',
    `The file ${path} ends at byte ${sizeBytes}, but its bytes up to ${end} are asked for: it has been cut off. Put it back from a backup.`,
  );
}
