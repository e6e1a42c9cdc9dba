/**
 * Files in a directory of this machine.
 *
 * A put streams to a name of its own under `tmp`, hashing on the way, syncs the file, and then links it to its final
 * name. A link never replaces what is there, so an object is never overwritten, and it appears whole or not at all.
 * Then the directory is synced, so that the name too outlives a power cut. What a killed put leaves behind is a file
 * in `tmp` that nobody sees; the next start removes it. It relies on a file system with hard links, and on one
 * process per directory.
 */
import { dirname, join } from 'node:path';
import { checksumPrefixOf } from '../file-path.ts';
import type { FileStore } from '../file-store.ts';
import { DurableDirectories, makeRoot, syncDirectory } from './durable-directories.ts';
import { listObjects } from './list-objects.ts';
import { findObject, readObject } from './read-object.ts';
import { onDisk } from './storage-failure.ts';
import { sweepTemporaryFiles } from './temporary-files.ts';
import { removeIfThere, writeObject } from './write-object.ts';

/** A put that has not written for so long was killed. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Opens the file store in a directory, and removes what puts that were killed more than a day ago have left there.
 *
 * @param options.directory made if it is not there; `tmp` and `users` in it are this store's.
 * @param options.now the time by which leftovers are judged.
 * @throws {Unavailable} if the directory cannot be made or written.
 */
export async function createLocalFileStore({ directory, now }: { directory: string; now: Date }): Promise<FileStore> {
  const { root, drafts, directories } = await onDisk(() => openDirectory(directory, now));
  const absolute = (path: string): string => {
    checksumPrefixOf(path);
    return join(root, path);
  };
  return {
    put: (file, { signal } = {}) => writeObject({ root, drafts, directories }, file, signal),
    read: async (path, options = {}) => readObject({ path, absolute: absolute(path) }, options),
    stat: async (path) => {
      const file = absolute(path);
      return onDisk(() => findObject(file));
    },
    remove: async (path) => {
      const file = absolute(path);
      await onDisk(() => removeObject(file, directories));
    },
    list: (prefix) => listObjects(root, prefix),
  };
}

async function openDirectory(directory: string, now: Date) {
  const root = await makeRoot(directory);
  const directories = new DurableDirectories(root);
  const drafts = join(root, 'tmp');
  await directories.ensure(drafts);
  await sweepTemporaryFiles(drafts, { before: new Date(now.getTime() - ABANDONED_AFTER_MS) });
  return { root, drafts, directories };
}

async function removeObject(file: string, directories: DurableDirectories): Promise<void> {
  // What is reached through a link is no object, and not ours to remove.
  if ((await findObject(file)) === null) return;
  if (!(await removeIfThere(file))) return;
  const directory = dirname(file);
  await syncDirectory(directory);
  await directories.prune(directory);
}
