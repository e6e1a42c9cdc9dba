/**
 * Copies all objects of one store into another one, as when files move from a directory to a bucket.
 *
 * Both listings come in the order of their paths, so one walk along both tells what is missing: what is there already
 * with its size is passed over, and a copy that was broken off goes on where it was. Each object is streamed and hashed
 * on the way; one whose content has not the hash of its path is named and not copied. Several small objects go at a
 * time, large ones with few others, so memory is bounded. Objects that are put meanwhile may be left out: copy again,
 * which takes no longer than the two listings, once nothing writes to the old store.
 */
import { createHash } from 'node:crypto';
import { NotFound, Unavailable } from '@synap/domain';
import { addressOf, checksumPrefixOf } from './file-path.ts';
import type { FileStore, ListedFile } from './file-store.ts';
import { TaskPool } from './task-pool.ts';

const FILES_AT_A_TIME = 8;
const BYTES_AT_A_TIME = 32 * 1024 * 1024;

/** How far a copy has come. */
export interface CopyProgress {
  readonly copiedFiles: number;
  readonly copiedBytes: number;
  /** Those that were there already. */
  readonly skippedFiles: number;
  /** Paths of objects whose content is not what was stored; they were not copied. */
  readonly damaged: readonly string[];
}

interface CopyOptions {
  readonly to: FileStore;
  /** Only the objects whose paths begin so. */
  readonly prefix?: string;
  readonly signal?: AbortSignal;
  /** Called after each object. */
  readonly onProgress?: (progress: CopyProgress) => void;
}

/**
 * Copies all objects to another store. What was copied stays when it fails or is aborted: calling it again goes on.
 *
 * @returns how far it has come, at its end. All is there only if nothing is `damaged`.
 * @throws {Unavailable} if one of the stores fails.
 */
export async function copyFiles(from: FileStore, options: CopyOptions): Promise<CopyProgress> {
  const { to, prefix = '', signal, onProgress } = options;
  const stop = new AbortController();
  const giveUp = () => stop.abort(signal?.reason);
  if (signal?.aborted === true) giveUp();
  signal?.addEventListener('abort', giveUp, { once: true });
  const pool = new TaskPool({ tasksMax: FILES_AT_A_TIME, weightMax: BYTES_AT_A_TIME, stop });
  let progress: CopyProgress = { copiedFiles: 0, copiedBytes: 0, skippedFiles: 0, damaged: [] };
  const report = (file: ListedFile, outcome: Outcome) => {
    progress = advance(progress, file, outcome);
    onProgress?.(progress);
  };
  try {
    for await (const { file, isThere } of compare(from, to, prefix)) {
      stop.signal.throwIfAborted();
      const copy = async () => report(file, await copyFile(file, { from, to, signal: stop.signal }));
      if (isThere) report(file, 'skipped');
      else await pool.start(copy, { weight: file.sizeBytes });
    }
    await pool.done();
    return progress;
  } finally {
    stop.abort();
    await pool.idle();
    signal?.removeEventListener('abort', giveUp);
  }
}

type Outcome = 'copied' | 'skipped' | 'damaged' | 'gone';

function advance(progress: CopyProgress, { path, sizeBytes }: ListedFile, outcome: Outcome): CopyProgress {
  const { copiedFiles, copiedBytes, skippedFiles, damaged } = progress;
  if (outcome === 'copied') {
    return { ...progress, copiedFiles: copiedFiles + 1, copiedBytes: copiedBytes + sizeBytes };
  }
  if (outcome === 'skipped') return { ...progress, skippedFiles: skippedFiles + 1 };
  return outcome === 'damaged' ? { ...progress, damaged: [...damaged, path] } : progress;
}

/** Every object of one store, and whether the other one has it with the same size. */
async function* compare(
  from: FileStore,
  to: FileStore,
  prefix: string,
): AsyncGenerator<{ file: ListedFile; isThere: boolean }> {
  const others = to.list(prefix)[Symbol.asyncIterator]();
  try {
    let other = await others.next();
    for await (const file of from.list(prefix)) {
      while (other.done !== true && other.value.path < file.path) other = await others.next();
      const isThere = other.done !== true && other.value.path === file.path && other.value.sizeBytes === file.sizeBytes;
      yield { file, isThere };
    }
  } finally {
    await others.return?.();
  }
}

async function copyFile(
  { path, sizeBytes }: ListedFile,
  { from, to, signal }: { from: FileStore; to: FileStore; signal: AbortSignal },
): Promise<Outcome> {
  const damage = new Error(`${path} is damaged.`);
  try {
    await to.put({ ...addressOf(path), content: proven(await from.read(path, { signal }), path, damage) }, { signal });
  } catch (error) {
    if (error === damage) return 'damaged';
    if (error instanceof NotFound) return 'gone';
    throw error;
  }
  const copied = await to.stat(path);
  if (copied?.sizeBytes === sizeBytes) return 'copied';
  const message = `The copy of ${path} has ${copied?.sizeBytes ?? 0} bytes, not ${sizeBytes}. Try again.`;
  throw new Unavailable('storage', message);
}

/** The parts of an object; the last one only once the whole is known to have the hash that the path carries. */
async function* proven(parts: AsyncIterable<Uint8Array>, path: string, damage: Error): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let held: Uint8Array | null = null;
  for await (const part of parts) {
    hash.update(part);
    if (held !== null) yield held;
    held = part;
  }
  if (!hash.digest('hex').startsWith(checksumPrefixOf(path))) throw damage;
  if (held !== null) yield held;
}
