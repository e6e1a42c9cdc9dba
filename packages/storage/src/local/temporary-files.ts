import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrorCode } from './storage-failure.ts';

/**
 * Removes what puts that were killed have left behind.
 * @param before only files last written before this; a running put goes on writing to its own.
 * @returns how many were removed.
 */
export async function sweepTemporaryFiles(directory: string, { before }: { before: Date }): Promise<number> {
  let removed = 0;
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    try {
      const found = await lstat(path);
      if (!found.isFile() || found.mtime >= before) continue;
      await unlink(path);
      removed += 1;
    } catch (error) {
      if (!hasErrorCode(error, 'ENOENT')) throw error;
    }
  }
  return removed;
}
