import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';

/** A file of this machine that is to be sent. */
export interface LocalFile {
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
}

/** What is known of a file that has been read through. */
export interface SummedFile extends LocalFile {
  /** SHA-256 in hexadecimal. */
  readonly checksum: string;
  /** Names this file with this content, wherever it is sent from: to send it twice is to send it once. */
  readonly key: string;
}

/**
 * Looks at the beginning of a file.
 * @throws {UnsupportedType} saying why, if it is none that is kept: nobody should send gigabytes to be told that.
 */
export async function examineFile(path: string): Promise<LocalFile> {
  // Loaded by who sends files; other commands start quicker without it.
  const { detectFileKind, FILE_HEAD_BYTES } = await import('@synap/core');
  const handle = await open(path);
  try {
    const { size: sizeBytes } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(FILE_HEAD_BYTES), 0, FILE_HEAD_BYTES, 0);
    const fileName = basename(path);
    const isComplete = bytesRead === sizeBytes;
    await detectFileKind(buffer.subarray(0, bytesRead), { fileName, isComplete });
    return { path, name: fileName, sizeBytes };
  } finally {
    await handle.close();
  }
}

/**
 * Reads a file through.
 * @param scope what else is said of it: said otherwise, it is another upload.
 */
export async function sumFile(file: LocalFile, { scope }: { scope: string }): Promise<SummedFile> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file.path)) hash.update(part);
  const checksum = hash.digest('hex');
  const parts = [await realpath(file.path), checksum, scope];
  const key = `add-${createHash('sha256').update(parts.join('\0')).digest('hex')}`;
  const { size: sizeBytes } = await stat(file.path);
  return { ...file, sizeBytes, checksum, key };
}
