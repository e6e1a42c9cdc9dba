import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import pLimit from 'p-limit';
import { v7 } from 'uuid';
import { describeFailure } from '../client.ts';
import type { CommandEnvironment } from '../command.ts';
import { CommandFailed } from '../command-failed.ts';
import { createProgress } from '../progress.ts';
import { decodeUtf8 } from '../standard-input.ts';

/** What is kept so far. Other kinds of file are counted, named and left where they are. */
const TEXT_EXTENSIONS = new Set(['.md', '.markdown', '.txt']);
const REQUESTS_AT_ONCE = 4;
const TITLE_MAX_LENGTH = 500;

interface Added {
  path: string;
  id: string;
  title: string;
}

interface Failed {
  path: string;
  error: string;
}

/**
 * `synap add FILE|DIR…`: keeps every Markdown or text file as a note, titled by its name. Each file is one write with a
 * key made of its path and content, so an interrupted run is taken up by running it again. All of it is one import:
 * the events of all notes have one correlation id.
 */
export async function add({ client, output, isJson }: CommandEnvironment, roots: readonly string[]): Promise<void> {
  const { texts, others } = await findFiles(roots);
  const correlationId = v7();
  const added: Added[] = [];
  const failed: Failed[] = [];
  const progress = createProgress({ label: 'Adding', total: texts.length });
  const limit = pLimit(REQUESTS_AT_ONCE);
  const addOne = async (path: string): Promise<void> => {
    try {
      const content = decodeUtf8(await readFile(path), path);
      const title = titleOf(path);
      const context = { idempotencyKey: await keyOf(path, content), correlationId };
      const { entity } = await client.api.notes.create.mutate({ content, title }, { context });
      added.push({ path, id: entity.id, title: entity.title });
    } catch (error) {
      failed.push({ path, error: describeFailure(error) });
    }
    progress.advance();
  };
  await Promise.all(texts.map((path) => limit(addOne, path)));
  progress.end();
  output.result({ added, failed, skipped: others, correlationId }, [
    `${added.length} notes added${others.length === 0 ? '' : `, ${others.length} files of other kinds left out (${kindsOf(others)})`}`,
  ]);
  if (!isJson) for (const { path, error } of failed) output.message(`not added: ${path}: ${error}`);
  if (failed.length > 0) {
    throw new CommandFailed(
      `${failed.length} of ${texts.length} files were not added. Run the same command again to take them up.`,
    );
  }
}

async function findFiles(roots: readonly string[]): Promise<{ texts: string[]; others: string[] }> {
  const found: string[] = [];
  for (const root of roots) found.push(...(await filesBelow(root)));
  const texts = found.filter(isText);
  return { texts, others: found.filter((path) => !isText(path)) };
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

function isText(path: string): boolean {
  return TEXT_EXTENSIONS.has(extname(path).toLowerCase());
}

function titleOf(path: string): string {
  const name = basename(path, extname(path))
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  return [...(name === '' ? 'Untitled' : name)].slice(0, TITLE_MAX_LENGTH / 2).join('');
}

async function keyOf(path: string, content: string): Promise<string> {
  return `add-${createHash('sha256')
    .update(await realpath(path))
    .update('\0')
    .update(content)
    .digest('hex')}`;
}

function kindsOf(paths: readonly string[]): string {
  return [...new Set(paths.map((path) => extname(path).slice(1).toLowerCase() || 'no extension'))].sort().join(', ');
}
