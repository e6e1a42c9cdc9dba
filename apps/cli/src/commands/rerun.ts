import { setTimeout as delay } from 'node:timers/promises';
import type { FieldDifference, RerunDifference, RerunView } from '@synap/core';
import colors from 'picocolors';
import { v7 } from 'uuid';
import type { CommandEnvironment } from '../command.ts';
import { CommandFailed } from '../command-failed.ts';
import { localTime, percent, valueWords } from '../output.ts';
import { createProgress } from '../progress.ts';

/*
 * Captures analysed again, by another model or by what has become of the same one.
 */

const POLL_INTERVAL_MS = 200;
const PAGE = 200;

export interface RerunOptions {
  model?: string;
  since?: string;
  id?: string;
  apply: boolean;
  only?: string;
}

type Api = CommandEnvironment['client']['api'];

/** `synap ai rerun`: analyses again, shows what differs, and applies it where that is asked for. */
export async function rerun({ client, output }: CommandEnvironment, options: RerunOptions): Promise<void> {
  const { api } = client;
  const { id } = options.id === undefined ? await start(api, options) : { id: options.id };
  const analysed = await waitUntilDone(api, id, 'Analysing');
  const differences = await readDifferences(api, id);
  const entityIds = options.only?.split(',').map((each) => each.trim());
  const isApplied = options.apply || entityIds !== undefined;
  if (isApplied) {
    const context = { idempotencyKey: `rerun-apply-${v7()}` };
    await api.ai.reruns.applyDifferences.mutate({ id, ...(entityIds === undefined ? {} : { entityIds }) }, { context });
  }
  const done = isApplied ? await waitUntilDone(api, id, 'Applying') : analysed;
  output.result({ rerun: done, differences }, [...differences.flatMap(differenceLines), ...summary(done, differences)]);
}

async function start(api: Api, { model, since }: RerunOptions): Promise<RerunView> {
  const context = { idempotencyKey: `rerun-${v7()}` };
  const input = {
    ...(model === undefined ? {} : { model }),
    ...(since === undefined ? {} : { since: asInstant(since) }),
  };
  return (await api.ai.reruns.start.mutate(input, { context })).rerun;
}

/** A day begins at midnight, by this machine's clock. */
function asInstant(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00`).toISOString() : text;
}

async function waitUntilDone(api: Api, id: string, label: string): Promise<RerunView> {
  const progress = createProgress({ label, total: 0 });
  try {
    for (;;) {
      const { rerun: now } = await api.ai.reruns.get.query({ id });
      progress.reach(label === 'Applying' ? now.applied : now.analysed, now.totalThings);
      if (now.status === 'failed')
        throw new CommandFailed(`${now.error} To go on with it: synap workflows retry --all`);
      if (now.status !== 'analysing' && now.status !== 'applying') return now;
      await delay(POLL_INTERVAL_MS);
    }
  } finally {
    progress.end();
  }
}

async function readDifferences(api: Api, id: string): Promise<RerunDifference[]> {
  const differences: RerunDifference[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: { items: RerunDifference[]; nextCursor: string | null } = await api.ai.reruns.differences.query({
      id,
      limit: PAGE,
      ...(cursor === null ? {} : { cursor }),
    });
    differences.push(...page.items);
    if (page.nextCursor === null) return differences;
    cursor = page.nextCursor;
  }
}

function differenceLines({ entity, differences }: RerunDifference): string[] {
  return [`${colors.bold(entity.title)}  ${colors.dim(entity.id)}`, ...differences.map(fieldLine)];
}

function fieldLine({ field, present, proposed, confidence, effect }: FieldDifference): string {
  const from = present === null ? '' : `${colors.red(valueWords(present))} → `;
  const mark = effect === 'suggestion' ? colors.yellow('?') : ' ';
  return `  ${mark} ${field.padEnd(10)} ${from}${colors.green(valueWords(proposed))}  ${colors.dim(percent(confidence))}`;
}

function summary({ id, status, totalThings, failed }: RerunView, differences: RerunDifference[]): string[] {
  const failures = failed === 0 ? '' : ` ${failed} could not be.`;
  const analysed = `${totalThings} captures were analysed again.${failures} ${differences.length} differ.`;
  if (status === 'applied') return [`${analysed} Applied. To take that back: synap undo ${id}`];
  if (differences.length === 0) return [analysed];
  return [`${analysed} What is marked ? would only be suggested. To apply it: synap ai rerun --id ${id} --apply`];
}

/** `synap ai reruns`: what was analysed again lately. */
export async function listReruns({ client, output }: CommandEnvironment, { limit }: { limit: number }): Promise<void> {
  const answer = await client.api.ai.reruns.list.query({ limit });
  output.result(
    answer,
    answer.items.map(({ id, createdAt, model, status, analysed, totalThings, applied }) =>
      [
        localTime(createdAt),
        (model ?? 'configured').padEnd(12),
        status.padEnd(9),
        `${analysed} of ${totalThings} analysed, ${applied} applied`,
        colors.dim(id),
      ].join('  '),
    ),
  );
}
