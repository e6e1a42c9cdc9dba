/**
 * Directories whose own entries outlive a power cut.
 *
 * A synced file whose name is not synced is lost with its name, and a name is only as durable as every directory above
 * it. So a new directory is followed by a sync of its parent. Finding a directory there proves nothing: another put may
 * have made it a moment ago and not synced yet, or a process that was killed in between. Therefore each directory is
 * synced once by this process before it is relied on, and puts that need one at the same time wait for the same sync.
 */
import { mkdir, open, realpath, rmdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Unavailable } from '@synap/domain';
import { hasErrorCode } from './storage-failure.ts';

/** How many are remembered; beyond, all are forgotten and at worst synced once more. */
const REMEMBERED_MAX = 10_000;

/** Makes directories below a root, and remembers which are known to be durable. */
export class DurableDirectories {
  readonly #root: string;
  /** Settled or not: the making of each directory that was asked for. */
  readonly #made = new Map<string, Promise<void>>();

  /** @param root an existing directory, by its real path. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Makes the directory and all between it and the root, where they are missing, so that they outlive a power cut. */
  ensure(directory: string): Promise<void> {
    if (directory === this.#root) return Promise.resolve();
    const known = this.#made.get(directory);
    if (known !== undefined) return known;
    if (this.#made.size >= REMEMBERED_MAX) this.#made.clear();
    const making = this.#make(directory).catch((error: unknown) => {
      this.#made.delete(directory);
      throw error;
    });
    this.#made.set(directory, making);
    return making;
  }

  /** To be called when the directory turns out to be gone: it and all above it are looked at again. */
  forget(directory: string): void {
    for (let lost = directory; lost !== this.#root; lost = dirname(lost)) this.#made.delete(lost);
  }

  /** Removes the directory and those above it up to the root, as far as they are empty. */
  async prune(directory: string): Promise<void> {
    for (let empty = directory; empty !== this.#root; empty = dirname(empty)) {
      this.#made.delete(empty);
      if (!(await removeIfEmpty(empty))) return;
    }
  }

  async #make(directory: string): Promise<void> {
    const parent = dirname(directory);
    await this.ensure(parent);
    await makeIfMissing(directory);
    if ((await realpath(directory)) !== directory) {
      const name = relative(this.#root, directory).split(sep).join('/');
      throw new Unavailable('storage', `${name} in the data directory is a link to elsewhere. Put a directory there.`);
    }
    await syncDirectory(parent);
  }
}

/** Makes the root itself and what is missing above it. @returns its real path. */
export async function makeRoot(directory: string): Promise<string> {
  const firstMade = await mkdir(directory, { recursive: true, mode: 0o700 });
  const root = await realpath(directory);
  if (firstMade !== undefined) await syncUpTo(root, dirname(await realpath(firstMade)));
  return root;
}

/** Makes a directory's entries durable. */
export async function syncDirectory(directory: string): Promise<void> {
  // Windows opens no directory for this; its file systems journal names themselves.
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncUpTo(directory: string, last: string): Promise<void> {
  for (let parent = dirname(directory); ; parent = dirname(parent)) {
    await syncDirectory(parent);
    if (parent === last || parent === join(parent, '..')) return;
  }
}

async function makeIfMissing(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
  }
}

async function removeIfEmpty(directory: string): Promise<boolean> {
  try {
    await rmdir(directory);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return true;
    // Linux says ENOTEMPTY, other systems EEXIST: POSIX allows both.
    if (hasErrorCode(error, 'ENOTEMPTY') || hasErrorCode(error, 'EEXIST')) return false;
    throw error;
  }
}
