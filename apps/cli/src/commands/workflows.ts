import colors from 'picocolors';
import type { CommandEnvironment } from '../command.ts';
import { CommandFailed, WrongUsage } from '../command-failed.ts';

/*
 * What became of the work in the background, and what failed for good: to be run again, or dropped.
 */

export interface RunListOptions {
  status: 'waiting' | 'running' | 'succeeded' | 'failed' | 'all';
  limit: number;
  cursor?: string;
}

type Runs = Awaited<ReturnType<CommandEnvironment['client']['api']['workflows']['list']['query']>>;

const PAGE = 200;

/** `synap workflows`: the runs that failed for good, or those in another state. */
export async function listRuns({ client, output }: CommandEnvironment, options: RunListOptions): Promise<void> {
  const { status, ...page } = options;
  const answer = await client.api.workflows.list.query({ ...page, ...(status === 'all' ? {} : { status }) });
  const nothing = status === 'failed' ? 'No run has failed.' : 'There is no such run.';
  output.result(answer, [
    ...(answer.items.length === 0 ? [nothing] : answer.items.map(runLine)),
    ...(answer.nextCursor === null ? [] : [colors.dim(`more: --cursor ${answer.nextCursor}`)]),
  ]);
}

function runLine({ runId, workflowId, status, error, createdAt }: Runs['items'][number]): string {
  const parts = [createdAt.slice(0, 19), colors.bold(workflowId), status, colors.dim(runId)];
  return parts.join('  ') + (error === null ? '' : `\n    ${error}`);
}

/** `synap workflows retry`: runs failed runs again, from the step that failed. */
export async function retryRuns(
  { client, output }: CommandEnvironment,
  ids: readonly string[],
  { all }: { all: boolean },
): Promise<void> {
  const runIds = await chosen(client, ids, all);
  for (const runId of runIds) await client.api.workflows.retry.mutate({ runId });
  // Without a server, this process does the work.
  await client.settle?.();
  output.result({ retried: runIds }, [`${count(runIds)} again.`]);
}

/** `synap workflows drop`: forgets runs. */
export async function dropRuns(
  { client, output }: CommandEnvironment,
  ids: readonly string[],
  { all }: { all: boolean },
): Promise<void> {
  const runIds = await chosen(client, ids, all);
  for (const runId of runIds) await client.api.workflows.drop.mutate({ runId });
  output.result({ dropped: runIds }, [`${count(runIds)} no more.`]);
}

function count({ length }: readonly string[]): string {
  return length === 1 ? 'One run goes on' : `${length} runs go on`;
}

/** The named ones, or all that failed, as they are now: a run that fails again meanwhile is not taken twice. */
async function chosen(client: CommandEnvironment['client'], ids: readonly string[], all: boolean): Promise<string[]> {
  if (all === ids.length > 0) throw new WrongUsage('Name the runs, or all that failed with --all.');
  if (!all) return [...ids];
  const runIds: string[] = [];
  for (let cursor: string | null = '0'; cursor !== null; ) {
    const page: Runs = await client.api.workflows.list.query({ status: 'failed', limit: PAGE, cursor });
    runIds.push(...page.items.map(({ runId }) => runId));
    cursor = page.nextCursor;
  }
  if (runIds.length === 0) throw new CommandFailed('No run has failed.');
  return runIds;
}
