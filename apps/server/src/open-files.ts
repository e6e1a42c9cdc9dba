import { access, constants, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileHome, type FileMoves, type MoveProgress } from '@synap/core';
import { Unavailable, Unprocessable } from '@synap/domain';
import {
  type CopyProgress,
  copyFiles,
  createLocalFileStore,
  createMovingFileStore,
  type FileLinks,
  type FileStore,
  streamVerified,
} from '@synap/storage';
import type { Configuration, S3Configuration } from './config/environment.ts';
import type { DataDirectory } from './data-directory.ts';

/**
 * Where the files are, in the data directory or in a bucket, and how they move from one to the other while they are
 * used. Which of the two is their home stands in the data directory: so files that were moved are not looked for in
 * the wrong place after a change of the settings, and a move that was broken off goes on.
 */
export interface Files {
  readonly store: FileStore;
  /** Links to wherever the files are: to the bucket once all of them are there, else to this server. */
  readonly links: FileLinks;
  readonly moves: FileMoves;
  /** For health reports; throws if the store cannot be used. */
  check(): Promise<string>;
}

const HOME_FILE = 'files-home';
/** New files that were on their way to the old home when a move began are found by the next look. */
const PASSES_MAX = 10;

/**
 * Opens the file store that is configured.
 * @throws {Unavailable} if it cannot be used, or if the files lie in a bucket and none is configured any more.
 */
export async function openFiles({
  configuration,
  directory,
  ownLinks,
  now,
}: {
  configuration: Configuration;
  directory: DataDirectory;
  /** Links that lead to this server. */
  ownLinks: FileLinks;
  now: Date;
}): Promise<Files> {
  const homeFile = join(directory.path, HOME_FILE);
  const saved = await readHome(homeFile);
  const local = await createLocalFileStore({ directory: directory.filesPath, now });
  const s3 = configuration.s3 === null ? null : await openBucket(configuration.s3, now);
  if (s3 === null && saved === FileHome.s3) {
    throw new Unavailable(
      'storage',
      `The files of this installation lie in a bucket. Set S3_BUCKET and the other S3 settings again; to have the files here, set them and run: synap files migrate --to local. If the bucket is to be forgotten, with whatever is in it, remove ${homeFile}.`,
    );
  }
  const stores: Stores = { local, s3 };
  let home: FileHome = s3 === null || saved === FileHome.local ? FileHome.local : FileHome.s3;
  // Without a bucket there is nothing to tell apart, and one that is configured later is the home of what is new.
  if (s3 === null) await rm(homeFile, { force: true });
  else if (home !== saved) await saveHome(homeFile, home);
  let current = await storeAt(home, stores);
  const bucketLinks = configuration.s3 === null ? ownLinks : await openBucketLinks(configuration.s3);
  const linksNow = (): FileLinks => (current === s3 ? bucketLinks : ownLinks);
  const moveTo: FileMoves['moveTo'] = async (target, options) => {
    const [from, to] = target === FileHome.s3 ? [local, s3] : [s3, local];
    if (from === null || to === null) {
      throw new Unprocessable('There is no bucket to move files to or from: set S3_BUCKET and the other S3 settings.');
    }
    home = target;
    await saveHome(homeFile, home);
    current = createMovingFileStore({ from, to });
    const progress = await copyAll(from, { to, ...options });
    if (options.isRemovingSource) await removeCopied({ from, to });
    return progress;
  };
  return {
    store: {
      put: (file, options) => current.put(file, options),
      read: (path, options) => current.read(path, options),
      stat: (path) => current.stat(path),
      remove: (path) => current.remove(path),
      list: (prefix) => current.list(prefix),
    },
    links: {
      signRead: (path, link) => linksNow().signRead(path, link),
      signUpload: (upload) => linksNow().signUpload(upload),
    },
    moves: { moveTo },
    check: async () => {
      if (home === FileHome.s3) {
        await first(current.list(NO_SUCH_PREFIX));
        return `bucket ${configuration.s3?.bucket}`;
      }
      await access(directory.filesPath, constants.R_OK | constants.W_OK);
      return s3 === null ? 'local directory' : 'local directory, with a bucket at hand';
    },
  };
}

/** The SDK is loaded only where it is used: it takes its time and memory. */
async function openBucket(settings: S3Configuration, now: Date): Promise<FileStore> {
  const { createS3FileStore } = await import('@synap/storage/s3');
  return createS3FileStore({ ...settings, now });
}

async function openBucketLinks({ publicUrl, ...settings }: S3Configuration): Promise<FileLinks> {
  const { createS3Links } = await import('@synap/storage/s3');
  return createS3Links({ ...settings, ...(publicUrl === null ? {} : { publicUrl }) });
}

/** Asks a store a question whose answer is short. */
const NO_SUCH_PREFIX = 'users/health/';

interface Stores {
  readonly local: FileStore;
  readonly s3: FileStore | null;
}

/** The store at a home; as long as the other one has files, too, those are read where they are. */
async function storeAt(home: FileHome, { local, s3 }: Stores): Promise<FileStore> {
  if (s3 === null) return local;
  const [from, to] = home === FileHome.s3 ? [local, s3] : [s3, local];
  return (await first(from.list(''))) === null ? to : createMovingFileStore({ from, to });
}

/** Copies until there is nothing left that is not there. */
async function copyAll(
  from: FileStore,
  options: { to: FileStore; onProgress: (progress: MoveProgress) => void; signal?: AbortSignal | undefined },
): Promise<MoveProgress> {
  const { to, onProgress, signal } = options;
  const totalFiles = await countFiles(from);
  let copiedBytes = 0;
  for (let pass = 1; ; pass += 1) {
    const toProgress = (copied: CopyProgress): MoveProgress => {
      const files = copied.copiedFiles + copied.skippedFiles + copied.damaged.length;
      const damaged = [...copied.damaged];
      return { files, totalFiles: Math.max(totalFiles, files), copiedBytes: copiedBytes + copied.copiedBytes, damaged };
    };
    const done = await copyFiles(from, {
      to,
      onProgress: (copied) => onProgress(toProgress(copied)),
      ...(signal === undefined ? {} : { signal }),
    });
    const progress = toProgress(done);
    if (done.copiedFiles === 0 || pass === PASSES_MAX) return progress;
    copiedBytes = progress.copiedBytes;
  }
}

async function countFiles(files: FileStore): Promise<number> {
  let count = 0;
  for await (const _ of files.list('')) count += 1;
  return count;
}

async function first<Item>(items: AsyncIterable<Item>): Promise<Item | null> {
  for await (const item of items) return item;
  return null;
}

/**
 * Removes from the old home what the new one has: each is read there to its end first.
 * @throws {Unavailable} if one is damaged there; it stays in the old home, and so do those after it.
 */
async function removeCopied({ from, to }: { from: FileStore; to: FileStore }): Promise<void> {
  for await (const { path, sizeBytes } of from.list('')) {
    if ((await to.stat(path))?.sizeBytes !== sizeBytes) continue;
    await readToEnd(await streamVerified(to, path));
    await from.remove(path);
  }
}

async function readToEnd(parts: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of parts);
}

async function readHome(path: string): Promise<FileHome | null> {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    return text === FileHome.s3 || text === FileHome.local ? text : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Whole or not at all, whatever ends the process. */
async function saveHome(path: string, home: FileHome): Promise<void> {
  await writeFile(`${path}.new`, `${home}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}
