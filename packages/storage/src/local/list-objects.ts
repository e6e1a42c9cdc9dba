import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isFilePath } from '../file-path.ts';
import type { ListedFile } from '../file-store.ts';
import { hasErrorCode, onDisk } from './storage-failure.ts';

/** Every object below `users` whose path begins with the prefix, ascending; what is no object is passed over. */
export async function* listObjects(root: string, prefix: string): AsyncGenerator<ListedFile> {
  yield* walk(root, 'users', prefix);
}

/**
 * Names are sorted in each directory by itself. That sorts whole paths, because no name of an object's path is the
 * beginning of another one next to it.
 */
async function* walk(root: string, path: string, prefix: string): AsyncGenerator<ListedFile> {
  const entries = await onDisk(() => readDirectoryIfThere(join(root, path)));
  entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of entries) {
    const entryPath = `${path}/${entry.name}`;
    // Links are neither files nor directories here, so nothing outside is ever listed.
    if (entry.isDirectory() && mayHold(`${entryPath}/`, prefix)) yield* walk(root, entryPath, prefix);
    if (!entry.isFile() || !entryPath.startsWith(prefix) || !isFilePath(entryPath)) continue;
    const listed = await onDisk(() => listedIfThere(root, entryPath));
    if (listed !== null) yield listed;
  }
}

function mayHold(directory: string, prefix: string): boolean {
  return directory.startsWith(prefix) || prefix.startsWith(directory);
}

async function listedIfThere(root: string, path: string): Promise<ListedFile | null> {
  try {
    const { size, mtime } = await lstat(join(root, path));
    return { path, sizeBytes: size, modifiedAt: mtime };
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function readDirectoryIfThere(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}
