import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The data of the benchmarks; beside `src` and `dist`. */
export const dataDirectory = fileURLToPath(new URL('../data', import.meta.url));

/** A note of the test vault. */
export interface VaultNote {
  /** Relative to the vault, with `/`. */
  readonly path: string;
  readonly title: string;
  readonly content: string;
}

/** The notes of the test vault, in the order of their paths. */
export async function readVault(): Promise<VaultNote[]> {
  const vault = join(dataDirectory, 'vault-en');
  const entries = await readdir(vault, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.sort().map(async (path) => ({
      path: relative(vault, path).replaceAll('\\', '/'),
      title: basename(path, '.md'),
      content: await readFile(path, 'utf8'),
    })),
  );
}
