import { readFile } from 'node:fs/promises';
import type { Finding, MoveProgress, VerifySummary } from '@synap/core';
import type { CommandEnvironment } from '../command.ts';
import { CommandFailed, WrongUsage } from '../command-failed.ts';
import { createProgress } from '../progress.ts';

/*
 * The commands that look after the whole store.
 */

const LONG = { context: { isLong: true } };

export interface VerifyOptions {
  chain: boolean;
  files: boolean;
  erased?: string;
  checkpoint?: string;
  publicKey?: string;
}

/** `synap verify`: names everything that is not as it must be; fails if there is anything. */
export async function verify(environment: CommandEnvironment, options: VerifyOptions): Promise<void> {
  if (options.erased !== undefined) return verifyErased(environment, options.erased);
  const { client, output, isJson } = environment;
  const { checkpoint, publicKey } = options;
  const messages = await client.api.store.verify.mutate(
    {
      scope: scopeOf(options),
      ...(checkpoint === undefined ? {} : { checkpoint: await readCheckpoint(checkpoint) }),
      ...(publicKey === undefined ? {} : { publicKey }),
    },
    LONG,
  );
  const progress = createProgress({ label: 'Verifying', total: 0 });
  const findings: Finding[] = [];
  let summary: VerifySummary | null = null;
  for await (const message of messages) {
    if (message.kind === 'progress') progress.reach(message.streams, message.totalStreams);
    else if (message.kind === 'done') summary = message.summary;
    else findings.push(message.finding);
  }
  progress.end();
  if (summary === null) throw new CommandFailed('The verification was cut off before its end. Repeat it.');
  const { events, streams, files, checkpoints } = summary;
  output.result({ summary, findings }, [
    ...findings.map(describeFinding),
    `${events} events of ${streams} streams, ${files} files and ${checkpoints} checkpoints verified: ${findings.length === 0 ? 'all is as it must be' : `${findings.length} findings`}.`,
  ]);
  if (findings.length > 0) {
    throw new CommandFailed(
      isJson
        ? 'There are findings.'
        : 'Something is not as it must be; see above. synap rebuild mends rows, not events or files.',
    );
  }
}

function scopeOf({ chain, files }: VerifyOptions): 'all' | 'chain' | 'files' {
  if (chain && files) throw new WrongUsage('Only one of --chain and --files; without either, all is verified.');
  if (files) return 'files';
  return chain ? 'chain' : 'all';
}

async function verifyErased({ client, output }: CommandEnvironment, userId: string): Promise<void> {
  const { traces } = await client.api.store.findTraces.query({ userId });
  output.result({ userId, traces }, [
    ...traces.map(({ store, removed }) => `${store}: ${removed}`),
    traces.length === 0 ? `There is no trace of ${userId}.` : `There are traces of ${userId}.`,
  ]);
  if (traces.length > 0) throw new CommandFailed('Erase the account again to remove them.');
}

async function readCheckpoint(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandFailed(
      `The checkpoint ${path} cannot be read: ${error instanceof Error ? error.message : error}.`,
    );
  });
}

function describeFinding({ kind, subject, version, message }: Finding): string {
  return `✗ ${kind}  ${subject}${version === undefined ? '' : ` version ${version}`}: ${message}`;
}

/** `synap files migrate`: all files into a bucket, or back. */
export async function migrateFiles(
  { client, output }: CommandEnvironment,
  { to, deleteSource }: { to: 'local' | 's3'; deleteSource: boolean },
): Promise<void> {
  const progress = createProgress({ label: 'Copying', total: 0 });
  const input = { to, isRemovingSource: deleteSource };
  let moved: MoveProgress | null = null;
  for await (const step of await client.api.store.moveFiles.mutate(input, LONG)) {
    progress.reach(step.files, step.totalFiles);
    moved = step;
  }
  progress.end();
  if (moved === null)
    throw new CommandFailed('The move was cut off before its end. Repeat it: it goes on where it was.');
  const { files, damaged } = moved;
  const kept = deleteSource ? 'They were removed from where they were.' : 'The old copies are still there.';
  output.result(moved, [
    ...damaged.map((path) => `✗ damaged, not moved  ${path}`),
    `${files - damaged.length} files are ${to === 's3' ? 'in the bucket' : 'in the data directory'} now. ${kept}`,
  ]);
  if (damaged.length > 0) throw new CommandFailed('Some files are damaged where they were; see above.');
}

/** `synap rebuild --index`: the search index anew from the files. */
async function rebuildIndex({ client, output }: CommandEnvironment): Promise<void> {
  const progress = createProgress({ label: 'Indexing', total: 0 });
  let last = { things: 0, failed: 0 };
  for await (const { things, totalThings, failed } of await client.api.store.rebuildIndex.mutate({}, LONG)) {
    progress.reach(things, totalThings);
    last = { things, failed };
  }
  progress.end();
  const failures = last.failed === 0 ? '' : ` ${last.failed} could not be: synap search --status says why.`;
  output.result(last, [`${last.things} things were indexed anew.${failures}`]);
}

/** `synap rebuild`: every row anew from the log; with `--index`, the search index from the files instead. */
export async function rebuild(environment: CommandEnvironment, { index }: { index: boolean }): Promise<void> {
  if (index) return rebuildIndex(environment);
  const { client, output } = environment;
  const progress = createProgress({ label: 'Rebuilding', total: 0 });
  let last = { streams: 0, events: 0 };
  for await (const { streams, totalStreams, events } of await client.api.store.rebuild.mutate({}, LONG)) {
    progress.reach(streams, totalStreams);
    last = { streams, events };
  }
  progress.end();
  output.result(last, [`Rebuilt from ${last.events} events of ${last.streams} streams.`]);
}

/** `synap checkpoint`: signs where the log stands, now. */
export async function checkpoint({ client, output }: CommandEnvironment): Promise<void> {
  const answer = await client.api.store.checkpoint.mutate({});
  output.result(answer, [
    ...answer.checkpoints.map(({ path, streams }) => `${path}  (${streams} streams)`),
    ...(answer.checkpoints.length === 0 ? ['Nothing was written since the last checkpoint.'] : []),
    `public key  ${answer.publicKey}`,
  ]);
}
