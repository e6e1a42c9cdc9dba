import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { v7 } from 'uuid';
import type { CommandEnvironment } from '../command.ts';
import { CommandFailed } from '../command-failed.ts';
import { sizeWords } from '../progress.ts';

const STANDARD_OUTPUT = '-';

/**
 * `synap file ID`: saves the content as a file. It appears whole or not at all, and never in the place of another one.
 */
export async function file(
  { client, output }: CommandEnvironment,
  id: string,
  options: { output?: string },
): Promise<void> {
  const response = await client.request(`/api/v1/entities/${encodeURIComponent(id)}/content`);
  const content = Readable.from(response.body ?? []);
  if (options.output === STANDARD_OUTPUT) {
    await pipeline(content, process.stdout, { end: false });
    return;
  }
  const { fileNameOf } = await import('@synap/core');
  const name = fileNameOf(response.headers.get('content-disposition') ?? '') ?? id;
  // The server is trusted with the content, not with where it goes.
  const path = options.output ?? basename(name);
  const sizeBytes = await save(content, path);
  output.result({ id, path, sizeBytes }, [`${path}, ${sizeWords(sizeBytes)}`]);
}

async function save(content: Readable, path: string): Promise<number> {
  await reserve(path);
  const draft = join(dirname(path), `.${v7()}.part`);
  try {
    const target = createWriteStream(draft, { flags: 'wx' });
    await pipeline(content, target);
    await rename(draft, path);
    return target.bytesWritten;
  } catch (error) {
    await rm(path, { force: true });
    await rm(draft, { force: true });
    throw error;
  }
}

/** Takes a name that nobody has; who comes second finds it taken. */
async function reserve(path: string): Promise<void> {
  try {
    await (await open(path, 'wx')).close();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new CommandFailed(`There is a file ${path} already. Name another one with --output.`);
    }
    throw error;
  }
}
