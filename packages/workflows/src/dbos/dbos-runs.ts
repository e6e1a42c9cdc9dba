import { setTimeout as delay } from 'node:timers/promises';
import { DBOS, type WorkflowStatus } from '@dbos-inc/dbos-sdk';
import { NoSuchRun, type RunFilter, RunHasNotFailed, RunStatus, type WorkflowRun } from '../workflow.ts';

/*
 * What is known of runs, and what can be done about them, in the words of the port.
 */

const DBOS_STATUSES = {
  [RunStatus.waiting]: ['ENQUEUED', 'DELAYED'],
  [RunStatus.running]: ['PENDING'],
  [RunStatus.succeeded]: ['SUCCESS'],
  [RunStatus.failed]: ['ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'],
} as const;
const FINISHED = [...DBOS_STATUSES.succeeded, ...DBOS_STATUSES.failed];
const UNFINISHED = [...DBOS_STATUSES.waiting, ...DBOS_STATUSES.running];
/** Tells the steps of a workflow's `onFailure` from its own. */
export const FAILURE_STEP_PREFIX = 'on-failure:';
const LIST_LIMIT = 100;
const DELETE_BATCH = 500;
const IDLE_CHECK_MS = 20;

/** The newest runs first. */
export async function listRuns(filter: RunFilter = {}): Promise<WorkflowRun[]> {
  const { status, limit = LIST_LIMIT, offset = 0 } = filter;
  const found = await DBOS.listWorkflows({
    limit,
    offset,
    sortDesc: true,
    loadInput: false,
    ...(status === undefined ? {} : { status: [...DBOS_STATUSES[status]] }),
  });
  return found.map(toRun);
}

function toRun(run: WorkflowStatus): WorkflowRun {
  const status = Object.values(RunStatus).find((each) => DBOS_STATUSES[each].some((name) => name === run.status));
  return {
    runId: run.workflowID,
    workflowId: run.workflowName,
    status: status ?? RunStatus.failed,
    error: errorMessage(run.error),
    createdAt: new Date(run.createdAt),
    finishedAt: run.completedAt === undefined ? null : new Date(run.completedAt),
  };
}

function errorMessage(error: unknown): string | null {
  if (error === undefined || error === null) return null;
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs a failed run again, under its own id, from the step that failed; steps that finished keep their results. It
 * is the last failure that counts: those before it the workflow has caught.
 * @throws {NoSuchRun} if there is none of this id.
 * @throws {RunHasNotFailed} if there is nothing to run again.
 */
export async function retryRun(runId: string, { applicationVersion }: { applicationVersion: string }): Promise<void> {
  const run = await DBOS.getWorkflowStatus(runId);
  if (run === null) throw new NoSuchRun(runId);
  if (!DBOS_STATUSES.failed.some((status) => status === run.status)) {
    throw new RunHasNotFailed(runId);
  }
  const steps = (await DBOS.listWorkflowSteps(runId)) ?? [];
  const failed = steps.findLast(({ error, name }) => error !== null && !name.startsWith(FAILURE_STEP_PREFIX));
  await DBOS.rewindWorkflow(runId, {
    // A run that failed outside of its steps has them all behind it, but for those that were told of the failure.
    startStep:
      failed?.functionID ?? steps.find(({ name }) => name.startsWith(FAILURE_STEP_PREFIX))?.functionID ?? steps.length,
    applicationVersion,
    ...(run.queueName === undefined ? {} : { queueName: run.queueName }),
    ...(run.queuePartitionKey === undefined ? {} : { queuePartitionKey: run.queuePartitionKey }),
  });
}

/** Forgets a run; one that is running is cancelled first. Gives whether there was one. */
export async function dropRun(runId: string): Promise<boolean> {
  const run = await DBOS.getWorkflowStatus(runId);
  if (run === null) return false;
  if (UNFINISHED.some((status) => status === run.status)) await DBOS.cancelWorkflow(runId);
  await DBOS.deleteWorkflow(runId);
  return true;
}

/** Forgets every run whose event holds this text; those that are running are cancelled first. Gives how many. */
export async function forgetRuns(text: string): Promise<number> {
  const ids: string[] = [];
  for (let offset = 0; ; offset += DELETE_BATCH) {
    const page = await DBOS.listWorkflows({ limit: DELETE_BATCH, offset, loadOutput: false });
    for (const { workflowID, input } of page) if (JSON.stringify(input).includes(text)) ids.push(workflowID);
    if (page.length < DELETE_BATCH) break;
  }
  for (const id of ids) await dropRun(id);
  return ids.length;
}

/** Resolves when no run is waiting or running. */
export async function waitUntilIdle(): Promise<void> {
  const unfinished = { status: [...UNFINISHED], limit: 1, loadInput: false, loadOutput: false };
  while ((await DBOS.listWorkflows(unfinished)).length > 0) await delay(IDLE_CHECK_MS);
}

/** Forgets the runs that ended before this, some hundred at a time; gives how many. */
export async function deleteFinishedRuns(before: Date): Promise<number> {
  let deleted = 0;
  for (;;) {
    const found = await DBOS.listWorkflows({
      status: [...FINISHED],
      completedBefore: before.toISOString(),
      limit: DELETE_BATCH,
      loadInput: false,
      loadOutput: false,
    });
    if (found.length === 0) return deleted;
    await DBOS.deleteWorkflows(found.map(({ workflowID }) => workflowID));
    deleted += found.length;
  }
}
