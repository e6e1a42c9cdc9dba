import { randomUUID } from 'node:crypto';
import { type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Unavailable } from '@synap/domain';
import { ContentMeter } from '../content-meter.ts';
import { partsOf } from '../content-parts.ts';
import type { FileToStore, StoredFile } from '../file-store.ts';
import { type DurableDirectories, syncDirectory } from './durable-directories.ts';
import { hasErrorCode, onDisk } from './storage-failure.ts';

/** How often a directory may be pruned by a removal between its making and its use. */
const LINK_ATTEMPTS = 10;
/** What is written is given to the disk in runs of so much: the sync at the end of a gigabyte then has little to do. */
const SYNC_EVERY_BYTES = 8 * 1024 * 1024;

/** Where objects are written: the data directory, and one for drafts on the same file system. */
export interface ObjectDirectories {
  readonly root: string;
  readonly drafts: string;
  readonly directories: DurableDirectories;
}

/** Stores one object, as the file store promises. */
export async function writeObject(
  { root, drafts, directories }: ObjectDirectories,
  file: FileToStore,
  signal: AbortSignal | undefined,
): Promise<StoredFile> {
  // A bad address must fail before its content is read, not after.
  const meter = new ContentMeter(file);
  signal?.throwIfAborted();
  const draft = join(drafts, randomUUID());
  try {
    await writeDraft(draft, meter.measured(partsOf(file.content, signal)));
    const stored = meter.finish();
    signal?.throwIfAborted();
    await onDisk(() => publish({ draft, target: join(root, stored.path), directories }));
    return stored;
  } finally {
    await onDisk(() => removeIfThere(draft));
  }
}

/** Removes a file; one that is not there is removed already. @returns whether it was there. */
export async function removeIfThere(absolute: string): Promise<boolean> {
  try {
    await unlink(absolute);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Writes each part while the next one comes and is hashed, and lets the disk begin early with what has been written. */
async function writeDraft(draft: string, parts: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await onDisk(() => open(draft, 'wx', 0o600));
  const writing = new Background();
  const syncing = new Background();
  let unsyncedBytes = 0;
  try {
    for await (const part of parts) {
      await writing.done();
      writing.start(() => onDisk(() => writeWhole(handle, part)));
      unsyncedBytes += part.byteLength;
      if (unsyncedBytes < SYNC_EVERY_BYTES || syncing.isUnderWay) continue;
      unsyncedBytes = 0;
      // A failure to write back is told to the first sync after it and to no other: each one counts.
      await syncing.done();
      syncing.start(() => onDisk(() => handle.datasync()));
    }
    await writing.done();
    await syncing.done();
    await onDisk(() => handle.sync());
  } finally {
    await Promise.allSettled([writing.done(), syncing.done()]);
    await onDisk(() => handle.close());
  }
}

/** One action at a time beside what goes on; its failure waits until somebody asks whether it is done. */
class Background {
  #action: Promise<void> = Promise.resolve();
  #isUnderWay = false;

  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  start(action: () => Promise<void>): void {
    this.#isUnderWay = true;
    this.#action = action().finally(() => {
      this.#isUnderWay = false;
    });
    // It is awaited later; until then a failure must not count as unhandled.
    this.#action.catch(() => undefined);
  }

  /** @throws what the action threw. */
  done(): Promise<void> {
    return this.#action;
  }
}

/** `write` may take less than it was given, as on a disk that is just filling up. */
async function writeWhole(handle: FileHandle, part: Uint8Array): Promise<void> {
  for (let offset = 0; offset < part.byteLength; ) {
    const { bytesWritten } = await handle.write(part, offset);
    offset += bytesWritten;
  }
}

interface Publication {
  readonly draft: string;
  readonly target: string;
  readonly directories: DurableDirectories;
}

/** Gives the draft its final name, durably. A removal next to it may prune the directory under its feet: then again. */
async function publish({ draft, target, directories }: Publication): Promise<void> {
  const directory = dirname(target);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await directories.ensure(directory);
      await linkOrReplace(draft, target);
      // Pruned and made anew since: its new entry must be durable too. Costs nothing otherwise.
      await directories.ensure(directory);
      await syncDirectory(directory);
      return;
    } catch (error) {
      if (!hasErrorCode(error, 'ENOENT') || attempt === LINK_ATTEMPTS) throw error;
      directories.forget(directory);
    }
  }
}

/**
 * A link never replaces what is there. Where the same content should be already, the draft takes its place in one move:
 * the bytes are the same by their hash, or what was there had been damaged on the disk.
 */
async function linkOrReplace(draft: string, target: string): Promise<void> {
  try {
    await link(draft, target);
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
    if (!(await lstat(target)).isFile()) {
      throw new Unavailable('storage', `Something that is no file is in the place of ${target}. Move it away.`);
    }
    await rename(draft, target);
  }
}
