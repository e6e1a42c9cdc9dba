import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, realpath, symlink } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

/** The source in a directory of its own, built as it is here, with the libraries of the project. */
export interface SourceCopy {
  readonly directory: string;
  /**
   * Runs a program, by its path in the copy.
   * @throws {Error} with what it wrote, if it fails.
   */
  run(program: string, words: readonly string[]): Promise<void>;
  /** A checksum of each file of the source as it is now, by its path; what is built is left out. */
  checksums(): Promise<Map<string, string>>;
}

const NOT_COPIED = new Set(['node_modules', '.git', '.synap', '.cache', 'coverage']);
/** Whose types stand in what is declared: the compiler names them only where they are its own project's. */
const COPIED_LIBRARIES = ['@types', 'undici-types'];
const NOT_SOURCE = new Set([...NOT_COPIED, 'dist']);

/** Copies the project with what was built of it, and the times of both: the compiler then builds only what changes. */
export async function copySource(directory: string): Promise<SourceCopy> {
  const copied = (path: string): boolean => !NOT_COPIED.has(basename(path));
  await cp(PROJECT, directory, { recursive: true, preserveTimestamps: true, filter: copied });
  await linkLibraries(directory);
  return {
    directory,
    run: async (program, words) => {
      try {
        await run(process.execPath, [join(directory, program), ...words], { cwd: directory });
      } catch (error) {
        const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
        throw new Error(`${program} failed:\n${stdout}${stderr}`, { cause: error });
      }
    },
    checksums: () => checksumsOf(directory),
  };
}

/** Libraries are links to those of the project; the project's own packages are those of the copy. */
async function linkLibraries(directory: string): Promise<void> {
  const project = await realpath(PROJECT);
  const link = async (folder: string): Promise<void> => {
    await mkdir(join(directory, folder, '@synap'), { recursive: true });
    for (const name of await readdir(join(project, folder))) {
      // What npm and others keep there of their own is not touched by anything that is done in the copy.
      if (name === '@synap' || name.startsWith('.')) continue;
      const [from, to] = [join(project, folder, name), join(directory, folder, name)];
      if (COPIED_LIBRARIES.includes(name)) await cp(from, to, { recursive: true, preserveTimestamps: true });
      else await symlink(from, to);
    }
  };
  await link('node_modules');
  for (const name of await readdir(join(project, 'node_modules', '@synap'))) {
    const workspace = relative(project, await realpath(join(project, 'node_modules', '@synap', name)));
    await symlink(join(directory, workspace), join(directory, 'node_modules', '@synap', name));
    if ((await readdir(join(project, workspace))).includes('node_modules')) await link(join(workspace, 'node_modules'));
  }
}

async function checksumsOf(directory: string): Promise<Map<string, string>> {
  const checksums = new Map<string, string>();
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(directory, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !NOT_SOURCE.has(entry.name)) await walk(path);
      if (!entry.isFile()) continue;
      checksums.set(
        path,
        createHash('sha256')
          .update(await readFile(join(directory, path)))
          .digest('hex'),
      );
    }
  };
  await walk('');
  return checksums;
}
