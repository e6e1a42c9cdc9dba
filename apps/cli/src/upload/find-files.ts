import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed } from '../command-failed.ts';

/**
 * The files that are named, and those below the directories that are named, but for hidden ones; in order.
 * @throws {CommandFailed} if there is no such file or directory.
 */
export async function findFiles(roots: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const root of roots) found.push(...(await filesBelow(root)));
  return found;
}

async function filesBelow(root: string): Promise<string[]> {
  const information = await stat(root).catch(() => {
    throw new CommandFailed(`There is no file or directory ${root}.`);
  });
  if (information.isFile()) return [root];
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && !/(^|[/\\])\./.test(join(entry.parentPath, entry.name).slice(root.length)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
