import { UnsupportedType } from '@synap/domain';
import pLimit from 'p-limit';
import { v7 } from 'uuid';
import { type Client, describeFailure } from '../client.ts';
import type { CommandEnvironment } from '../command.ts';
import { CommandFailed, Refused } from '../command-failed.ts';
import { createTransferProgress } from '../progress.ts';
import { findFiles } from '../upload/find-files.ts';
import { isAddress, keepPage } from '../upload/keep-page.ts';
import { examineFile, type LocalFile, sumFile } from '../upload/local-file.ts';
import { type Sending, sendFile } from '../upload/send-file.ts';

const REQUESTS_AT_ONCE = 4;
/** What the server says of a file that it will not have, and would not have the next time either. */
const UNWANTED = new Set([413, 415]);

export interface AddOptions {
  readonly attachTo?: string;
}

interface Added {
  path: string;
  id: string;
  title: string;
}

interface Outcome {
  readonly added: Added[];
  readonly failed: { path: string; error: string }[];
  /** What is no file that is kept, and why. */
  readonly skipped: Map<string, string>;
}

/**
 * `synap add FILE|DIR|URL…`: keeps files of every kind that is accepted, and web pages by their address. Each is one write with a key made of its path and
 * content, and a large one is sent piece by piece, so an interrupted run is taken up where it was by running it again.
 * All of it is one import: its events have one correlation id.
 */
export async function add(
  { client, output, isJson }: CommandEnvironment,
  roots: readonly string[],
  { attachTo }: AddOptions,
): Promise<void> {
  const outcome: Outcome = { added: [], failed: [], skipped: new Map() };
  const urls = roots.filter(isAddress);
  const files = await examineAll(await findFiles(roots.filter((root) => !isAddress(root))), outcome);
  const correlationId = v7();
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const progress = createTransferProgress({ label: 'Adding', files: files.length + urls.length, bytes });
  const sending: Sending = { correlationId, attachTo, onBytes: progress.addBytes };
  const limit = pLimit(REQUESTS_AT_ONCE);
  const addOne = async (file: LocalFile): Promise<void> => {
    await keepOne(client, file, { sending, outcome });
    progress.addFile();
  };
  const addPage = async (url: string): Promise<void> => {
    await keepOnePage(client, url, { sending, outcome });
    progress.addFile();
  };
  await Promise.all([...files.map((file) => limit(addOne, file)), ...urls.map((url) => limit(addPage, url))]);
  progress.end();
  const { added, failed, skipped } = outcome;
  const reasons = Object.fromEntries(skipped);
  output.result({ added, failed, skipped: [...skipped.keys()], reasons, correlationId }, [
    `${added.length} files added${skipped.size === 0 ? '' : `, ${skipped.size} left out`}`,
  ]);
  if (!isJson) {
    for (const [path, reason] of skipped) output.message(`left out: ${path}: ${reason}`);
    for (const { path, error } of failed) output.message(`not added: ${path}: ${error}`);
  }
  if (failed.length > 0) {
    throw new CommandFailed(
      `${failed.length} of ${files.length + urls.length} files were not added. Run the same command again to take them up.`,
    );
  }
}

/** The files that may be kept; the others are skipped, or failed if they cannot be read. */
async function examineAll(paths: readonly string[], { skipped, failed }: Outcome): Promise<LocalFile[]> {
  const files: LocalFile[] = [];
  for (const path of paths) {
    try {
      files.push(await examineFile(path));
    } catch (error) {
      if (error instanceof UnsupportedType) skipped.set(path, error.message);
      else failed.push({ path, error: describeFailure(error) });
    }
  }
  return files;
}

async function keepOne(
  client: Client,
  file: LocalFile,
  { sending, outcome }: { sending: Sending; outcome: Outcome },
): Promise<void> {
  const { path } = file;
  try {
    const summed = await sumFile(file, { scope: sending.attachTo ?? '' });
    const { id, title } = await sendFile(client, summed, sending);
    outcome.added.push({ path, id, title });
  } catch (error) {
    if (error instanceof Refused && UNWANTED.has(error.status)) outcome.skipped.set(path, error.message);
    else outcome.failed.push({ path, error: describeFailure(error) });
  }
}

async function keepOnePage(
  client: Client,
  url: string,
  { sending, outcome }: { sending: Sending; outcome: Outcome },
): Promise<void> {
  try {
    outcome.added.push({ path: url, ...(await keepPage(client, url, sending)) });
  } catch (error) {
    outcome.failed.push({ path: url, error: describeFailure(error) });
  }
}
