import { setTimeout as delay } from 'node:timers/promises';
import { DBOS, type DBOSConfig, type WorkflowStatus } from '@dbos-inc/dbos-sdk';
import type { PGlite } from '@electric-sql/pglite';
import {
  type EngineLogger,
  FatalError,
  type JsonValue,
  RunStatus,
  type Workflow,
  type WorkflowEngine,
  type WorkflowEvent,
  type WorkflowRun,
  type WorkflowStep,
} from '../workflow.ts';
import { createPglitePool } from './pglite-pool.ts';

/**
 * The engine inside this process: DBOS, with its tables in the schema `dbos` of the application's own database.
 *
 * DBOS is a singleton of its process: one engine runs at a time, and starting a second before the first has stopped is
 * an error. The version of the application is pinned, because DBOS takes up an earlier process's runs only under the
 * same version: a change of a workflow's steps gets a new workflow id instead. The executor is always called the same
 * too, so that a restarted process takes up its own runs. Several processes on one database would need a reaper for
 * the runs of those that died; that is not built yet.
 */

const APPLICATION_VERSION = 'synap-1';
const EXECUTOR_ID = 'local';
/** Well below what a person notices; what it costs an idle process is in docs/benchmarks.md. */
const DEFAULT_POLL_INTERVAL_MS = 100;
const DEFAULT_RETRY_DELAY_MS = 1000;
const STOP_PATIENCE_MS = 5000;
const IDLE_CHECK_MS = 20;
const LIST_LIMIT = 100;
const NO_KEY = 'none';

export interface DbosEngineOptions {
  readonly connection:
    | { readonly kind: 'pglite'; readonly pglite: PGlite }
    | { readonly kind: 'postgres'; readonly connectionString: string };
  readonly workflows: readonly Workflow[];
  readonly logger: EngineLogger;
  /** How often the queues are looked at. */
  readonly pollIntervalMs?: number;
  /** The wait before the first retry of a step; it doubles each time. */
  readonly retryDelayMs?: number;
}

type RunFunction = (event: WorkflowEvent) => Promise<JsonValue>;

/** @throws {Error} from `start` if another engine runs in this process. */
export function createDbosEngine(options: DbosEngineOptions): WorkflowEngine {
  const { workflows, pollIntervalMs = DEFAULT_POLL_INTERVAL_MS, retryDelayMs = DEFAULT_RETRY_DELAY_MS } = options;
  const functions = new Map<Workflow, RunFunction>();

  const send = async (event: WorkflowEvent): Promise<void> => {
    for (const [workflow, run] of functions) {
      if (workflow.trigger === event.name) await enqueue(workflow, run, event);
    }
  };

  const start = async (): Promise<void> => {
    if (DBOS.isInitialized()) throw new Error('Another workflow engine runs in this process. Stop it first.');
    DBOS.setConfig(configuration(options));
    for (const workflow of workflows) {
      const run: RunFunction = (event) => runWorkflow(workflow, event, { send, retryDelayMs });
      functions.set(workflow, DBOS.registerWorkflow(run, { name: workflow.id }));
    }
    await DBOS.launch();
    for (const limit of new Set(workflows.map(({ concurrency }) => concurrency?.limit))) {
      const partitions = limit === undefined ? {} : { partitionConcurrency: limit };
      const queue = { ...partitions, minPollingIntervalMs: pollIntervalMs, onConflict: 'always_update' as const };
      await DBOS.registerQueue(queueName(limit), queue);
    }
  };

  return {
    start,
    send,
    stop: async () => {
      await DBOS.shutdown({ deregister: true, workflowCompletionTimeoutMS: STOP_PATIENCE_MS });
      functions.clear();
    },
    list: listRuns,
    retry: retryRun,
    drop: (runId) => DBOS.deleteWorkflow(runId),
    idle: waitUntilIdle,
    deleteFinished,
  };
}

function configuration({ connection, logger }: DbosEngineOptions): DBOSConfig {
  return {
    name: 'synap',
    applicationVersion: APPLICATION_VERSION,
    executorID: EXECUTOR_ID,
    systemDatabaseSchemaName: 'dbos',
    useListenNotify: false,
    maxConcurrentQueueDispatches: 1,
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (entry) => logger.warn(`workflows: ${firstLine(entry)}`),
      error: (entry) => logger.error(`workflows: ${firstLine(entry)}`),
    },
    ...(connection.kind === 'postgres'
      ? { systemDatabaseUrl: connection.connectionString }
      : { systemDatabasePool: pgPool(connection.pglite) }),
  };
}

/** DBOS adds a stack trace to each line; the run keeps its error. */
function firstLine(entry: unknown): string {
  return (entry instanceof Error ? entry.message : String(entry)).split('\n', 1)[0] ?? '';
}

/** DBOS uses of a pool only what ours has; its type names all of node-postgres. */
function pgPool(pglite: PGlite): NonNullable<DBOSConfig['systemDatabasePool']> {
  return createPglitePool(pglite) as unknown as NonNullable<DBOSConfig['systemDatabasePool']>;
}

async function enqueue(workflow: Workflow, run: RunFunction, event: WorkflowEvent): Promise<void> {
  const { id, concurrency } = workflow;
  const partition =
    concurrency === undefined
      ? {}
      : { enqueueOptions: { queuePartitionKey: `${id}:${valueAt(event, concurrency.key)}` } };
  const workflowID = `${id}:${event.id}`;
  await DBOS.startWorkflow(run, { workflowID, queueName: queueName(concurrency?.limit), ...partition })(event);
}

/** Workflows of one limit share a queue: every queue that is looked at costs an idle process something. */
function queueName(limit: number | undefined): string {
  return limit === undefined ? 'unlimited' : `limit-${limit}`;
}

/** The value at a dotted path, as text; a key that is not there is a key like any other. */
function valueAt(event: WorkflowEvent, path: string): string {
  let value: unknown = event;
  for (const name of path.split('.')) {
    value =
      typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : null;
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : NO_KEY;
}

function runWorkflow(
  workflow: Workflow,
  event: WorkflowEvent,
  { send, retryDelayMs }: { send: (event: WorkflowEvent) => Promise<void>; retryDelayMs: number },
): Promise<JsonValue> {
  const runId = DBOS.workflowID;
  if (runId === undefined) throw new Error(`${workflow.id} was called outside of the engine.`);
  const step: WorkflowStep = {
    run: (id, action) =>
      DBOS.runStep(() => action({ signal: stepSignal() }), {
        name: id,
        retriesAllowed: workflow.retries > 0,
        maxAttempts: workflow.retries + 1,
        intervalSeconds: retryDelayMs / 1000,
        backoffRate: 2,
        timeoutMS: workflow.stepTimeoutMs,
        shouldRetry: (error) => !(error instanceof FatalError),
      }),
    sleep: (_id, durationMs) => DBOS.sleep(durationMs),
    sendEvent: (_id, sent) => send(sent),
  };
  return workflow.handler({ event, step, runId });
}

/** Aborts when the attempt's time is up or its run is cancelled. */
function stepSignal(): AbortSignal {
  const { timeoutSignal, cancelSignal } = DBOS.stepStatus ?? {};
  return AbortSignal.any([timeoutSignal, cancelSignal].filter((signal) => signal !== undefined));
}

const DBOS_STATUSES = {
  [RunStatus.waiting]: ['ENQUEUED', 'DELAYED'],
  [RunStatus.running]: ['PENDING'],
  [RunStatus.succeeded]: ['SUCCESS'],
  [RunStatus.failed]: ['ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'],
} as const;
const FINISHED = [...DBOS_STATUSES.succeeded, ...DBOS_STATUSES.failed];
const UNFINISHED = [...DBOS_STATUSES.waiting, ...DBOS_STATUSES.running];

async function listRuns(filter: { status?: RunStatus; limit?: number } = {}): Promise<WorkflowRun[]> {
  const { status, limit = LIST_LIMIT } = filter;
  const found = await DBOS.listWorkflows({
    limit,
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
    error:
      run.error instanceof Error
        ? run.error.message
        : run.error === undefined || run.error === null
          ? null
          : String(run.error),
    createdAt: new Date(run.createdAt),
    finishedAt: run.completedAt === undefined ? null : new Date(run.completedAt),
  };
}

/** Steps that finished keep their results: the new run begins at the one that failed. */
async function retryRun(runId: string): Promise<void> {
  const steps = (await DBOS.listWorkflowSteps(runId)) ?? [];
  const failed = steps.find(({ error }) => error !== null);
  const run = await DBOS.getWorkflowStatus(runId);
  if (run === null) throw new Error(`There is no run ${runId}.`);
  await DBOS.forkWorkflow(runId, failed?.functionID ?? steps.length, {
    ...(run.queueName === undefined ? {} : { queueName: run.queueName }),
    ...(run.queuePartitionKey === undefined ? {} : { queuePartitionKey: run.queuePartitionKey }),
  });
  await DBOS.deleteWorkflow(runId);
}

async function waitUntilIdle(): Promise<void> {
  while (
    (await DBOS.listWorkflows({ status: [...UNFINISHED], limit: 1, loadInput: false, loadOutput: false })).length > 0
  ) {
    await delay(IDLE_CHECK_MS);
  }
}

async function deleteFinished(before: Date): Promise<number> {
  const found = await DBOS.listWorkflows({
    status: [...FINISHED],
    completedBefore: before.toISOString(),
    loadInput: false,
    loadOutput: false,
  });
  const runIds = found.map(({ workflowID }) => workflowID);
  if (runIds.length > 0) await DBOS.deleteWorkflows(runIds);
  return runIds.length;
}
