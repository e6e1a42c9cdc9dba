import { NotFound, Unprocessable } from '@synap/domain';
import { NoSuchRun, RunHasNotFailed, type RunStatus, type WorkflowRun } from '@synap/workflows';
import type { Parts } from '../parts.ts';

/*
 * The runs of workflows, of all users: those that failed for good wait here until they are run again or dropped.
 */

/** The newest first. */
export async function listRuns(
  { work }: Pick<Parts, 'work'>,
  { status, limit, offset }: { status?: RunStatus | undefined; limit: number; offset: number },
): Promise<{ items: WorkflowRun[]; nextOffset: number | null }> {
  const filter = status === undefined ? {} : { status };
  const found = await work.runs.list({ ...filter, limit: limit + 1, offset });
  return { items: found.slice(0, limit), nextOffset: found.length > limit ? offset + limit : null };
}

/**
 * Runs a failed run again, from the step that failed.
 * @throws {NotFound} if there is no such run.
 * @throws {Unprocessable} if it has not failed.
 */
export async function retryRun({ work }: Pick<Parts, 'work'>, runId: string): Promise<void> {
  try {
    await work.runs.retry(runId);
  } catch (error) {
    if (error instanceof NoSuchRun) throw new NotFound('run', runId);
    if (error instanceof RunHasNotFailed) throw new Unprocessable(error.message);
    throw error;
  }
}

/**
 * Forgets a run; one that is at work goes on no more.
 * @throws {NotFound} if there is no such run.
 */
export async function dropRun({ work }: Pick<Parts, 'work'>, runId: string): Promise<void> {
  if (!(await work.runs.drop(runId))) throw new NotFound('run', runId);
}
