import { AsyncLocalStorage } from 'node:async_hooks';
import { DBOS, type DBOSConfig, Error as Errors } from '@dbos-inc/dbos-sdk';
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import {
  concurrencyKey,
  type EngineLogger,
  type JsonValue,
  type Workflow,
  type WorkflowEngine,
  type WorkflowEvent,
  type WorkflowStep,
} from '../workflow.ts';
import {
  deleteFinishedRuns,
  dropRun,
  FAILURE_STEP_PREFIX,
  forgetRuns,
  listRuns,
  retryRun,
  waitUntilIdle,
} from './dbos-runs.ts';
import { createEventWaits, type EventWaits } from './event-waits.ts';
import { createPglitePool } from './pglite-pool.ts';
import { createQueueNudge, type QueueNudge } from './queue-nudge.ts';
import { createStepRunner, type StepRunner } from './step-runner.ts';
import { createWorkerHeartbeat, type WorkerHeartbeat, type WorkerTiming } from './worker-heartbeat.ts';

/**
 * The engine inside this process: DBOS, with its tables in the schema `dbos` of the application's own database.
 *
 * DBOS is a singleton of its process: one engine runs at a time, and starting a second before the first has stopped is
 * an error. The version of the application is pinned, because DBOS takes up an earlier process's runs only under the
 * same version: a change of a workflow's steps gets a new workflow id instead.
 *
 * PGlite has one process, which is always called the same, so that it takes its own runs up when it starts again. On
 * PostgreSQL any number of processes share the work; see worker-heartbeat.ts for what becomes of the runs of those that die.
 */

const APPLICATION_VERSION = 'synap-1';
/** The one process on a PGlite. */
const ONLY_EXECUTOR_ID = 'local';
/** What comes of this process is looked for at once; this is for what others begin, and what it costs nobody notices. */
const DEFAULT_POLL_INTERVAL_MS = 1_000;
/** Where DBOS cannot be told: well below what a person notices. */
const POLL_INTERVAL_WITHOUT_NUDGE_MS = 100;
const DEFAULT_RETRY_DELAY_MS = 1000;
const DEFAULT_STOP_PATIENCE_MS = 5000;
/** For writing down the result of a step that has just finished. */
const RECORD_PATIENCE_MS = 250;
const CONNECTIONS_MAX = 5;
/** A workflow without a limit of its own does not start ten thousand runs at once either. */
const RUNS_AT_ONCE_MAX = 50;

export interface DbosEngineOptions {
  readonly connection:
    | { readonly kind: 'pglite'; readonly pglite: PGlite }
    | { readonly kind: 'postgres'; readonly connectionString: string };
  readonly workflows: readonly Workflow[];
  readonly logger: EngineLogger;
  /** How often the queues are looked at while nothing happens here. */
  readonly pollIntervalMs?: number;
  /** The wait before the first retry of a step; it doubles each time. */
  readonly retryDelayMs?: number;
  /** How long `stop` lets running steps finish. */
  readonly stopPatienceMs?: number;
  /** On PostgreSQL: when a worker counts as dead. */
  readonly workerTiming?: WorkerTiming;
}

type RunFunction = (event: WorkflowEvent) => Promise<JsonValue>;

/** What runs work with. */
interface Tools {
  readonly steps: StepRunner;
  readonly waits: EventWaits;
}

/** What one start made, and its stop ends. Runs of an earlier start keep their own: they stay parked. */
interface Running extends Tools {
  readonly pool: ConnectionPool;
  readonly nudge: QueueNudge;
  /** Where there may be other processes. */
  readonly heartbeat: WorkerHeartbeat | null;
}

/** Whether an engine has this process's one DBOS; from the begin of its start to the end of its stop. */
let isTaken = false;

/** @throws {Error} from `start` if another engine runs in this process, or if the database cannot be used. */
export function createDbosEngine(options: DbosEngineOptions): WorkflowEngine {
  const { workflows, retryDelayMs = DEFAULT_RETRY_DELAY_MS, stopPatienceMs = DEFAULT_STOP_PATIENCE_MS } = options;
  const functions = new Map<Workflow, RunFunction>();
  let running: Running | null = null;
  // DBOS tells by the asynchronous context whether a call comes from within a workflow or a step, where most calls are
  // forbidden. The engine is also called from code that a step happened to wake, so it always calls from outside.
  const outside = AsyncLocalStorage.snapshot();

  const nudgeAll = (): void => {
    for (const workflow of workflows) running?.nudge.nudge(queueNameOf(workflow));
  };

  const send = (event: WorkflowEvent): Promise<void> =>
    outside(async () => {
      for (const [workflow, run] of functions) {
        if (workflow.trigger !== event.name) continue;
        await enqueue(workflow, run, event);
        running?.nudge.nudge(queueNameOf(workflow));
      }
      await running?.waits.deliver(event);
    });

  const run = async (workflow: Workflow, event: WorkflowEvent, { steps, waits }: Tools): Promise<JsonValue> => {
    const runId = DBOS.workflowID;
    if (runId === undefined) throw new Error(`${workflow.id} was called outside of the engine.`);
    const stepsNamed = (prefix: string): WorkflowStep => ({
      run: (id, action) => steps.run(workflow, prefix + id, action),
      sleep: (_id, durationMs) => DBOS.sleep(durationMs),
      sendEvent: (id, sent) =>
        steps.run(workflow, prefix + id, () => send(sent).then(() => null)).then(() => undefined),
      waitForEvent: (id, awaited) => waits.waitForEvent({ runId, stepId: prefix + id, event }, awaited),
    });
    try {
      return await workflow.handler({ event, step: stepsNamed(''), runId });
    } catch (error) {
      const { onFailure } = workflow;
      // What takes a run away from this process is no failure of it.
      if (onFailure === undefined || isTakenAway(error)) throw error;
      const message = error instanceof Error ? error.message : String(error);
      await onFailure({ event, step: stepsNamed(FAILURE_STEP_PREFIX), runId, error: message }).catch(
        (failure: unknown) => {
          if (isTakenAway(failure)) throw failure;
        },
      );
      throw error;
    }
  };

  /** What runs leave behind that are forgotten goes with them. */
  const sweeping = async <Result>(forgetting: Promise<Result>): Promise<Result> => {
    const result = await forgetting;
    await running?.waits.sweep();
    return result;
  };

  const start = async (): Promise<void> => {
    if (isTaken) throw new Error('Another workflow engine runs in this process. Stop it first.');
    isTaken = true;
    const pool = openPool(options);
    const steps = createStepRunner({ retryDelayMs });
    const heartbeat = openHeartbeat(options);
    const waits = createEventWaits(pool);
    const nudge = createQueueNudge();
    running = { pool, steps, waits, nudge, heartbeat };
    try {
      DBOS.setConfig(configuration(options, { pool, executorID: heartbeat?.workerId ?? ONLY_EXECUTOR_ID }));
      for (const workflow of workflows) {
        const registered: RunFunction = async (event) => {
          const name = queueNameOf(workflow);
          nudge.nudge(name);
          return run(workflow, event, { steps, waits }).finally(() => nudge.nudge(name));
        };
        functions.set(workflow, DBOS.registerWorkflow(registered, { name: workflow.id }));
      }
      if (heartbeat === null) await DBOS.launch();
      else await heartbeat.start(() => DBOS.launch());
      await waits.prepare();
      await registerQueues(options, nudge);
      // What waited when an earlier process ended.
      nudgeAll();
    } catch (error) {
      await stop();
      throw error;
    }
  };

  const stop = async (): Promise<void> => {
    if (running === null) return;
    const { pool, steps, nudge, heartbeat } = running;
    running = null;
    try {
      await steps.stop({ patienceMs: stopPatienceMs });
      await DBOS.shutdown({ deregister: true, workflowCompletionTimeoutMS: RECORD_PATIENCE_MS });
      functions.clear();
      await heartbeat?.stop();
      await pool.end();
    } finally {
      nudge.stop();
      isTaken = false;
    }
  };

  return {
    start: () => outside(start),
    stop: () => outside(stop),
    send,
    list: (filter) => outside(() => listRuns(filter)),
    retry: (runId) => outside(() => retryRun(runId, { applicationVersion: APPLICATION_VERSION })).finally(nudgeAll),
    drop: (runId) => outside(() => sweeping(dropRun(runId))),
    forget: (text) => outside(() => sweeping(forgetRuns(text))),
    idle: () => outside(waitUntilIdle),
    deleteFinished: (before) => outside(() => sweeping(deleteFinishedRuns(before))),
  };
}

function isTakenAway(error: unknown): boolean {
  return error instanceof Errors.DBOSWorkflowCancelledError || error instanceof Errors.DBOSWorkflowConflictError;
}

async function registerQueues(
  { workflows, pollIntervalMs }: DbosEngineOptions,
  { isPossible }: QueueNudge,
): Promise<void> {
  const interval = isPossible ? DEFAULT_POLL_INTERVAL_MS : POLL_INTERVAL_WITHOUT_NUDGE_MS;
  for (const limit of new Set(workflows.map(({ concurrency }) => concurrency?.limit))) {
    await DBOS.registerQueue(queueName(limit), {
      ...(limit === undefined ? {} : { partitionConcurrency: limit }),
      workerConcurrency: RUNS_AT_ONCE_MAX,
      minPollingIntervalMs: pollIntervalMs ?? interval,
      onConflict: 'always_update',
    });
  }
}

type ConnectionPool = NonNullable<DBOSConfig['systemDatabasePool']>;

function openPool({ connection, logger }: DbosEngineOptions): ConnectionPool {
  if (connection.kind === 'pglite') {
    // DBOS uses of a pool only what ours has; its type names all of node-postgres.
    return createPglitePool(connection.pglite) as unknown as ConnectionPool;
  }
  const pool = new pg.Pool({ connectionString: connection.connectionString, max: CONNECTIONS_MAX });
  pool.on('error', (error) => logger.warn(`workflows: a database connection was lost: ${error.message}`));
  return pool;
}

function openHeartbeat({ connection, logger, workerTiming }: DbosEngineOptions): WorkerHeartbeat | null {
  if (connection.kind === 'pglite') return null;
  const { connectionString } = connection;
  return createWorkerHeartbeat({
    connectionString,
    applicationVersion: APPLICATION_VERSION,
    logger,
    ...(workerTiming === undefined ? {} : { timing: workerTiming }),
  });
}

function configuration(
  { logger }: DbosEngineOptions,
  { pool, executorID }: { pool: ConnectionPool; executorID: string },
): DBOSConfig {
  return {
    name: 'synap',
    applicationVersion: APPLICATION_VERSION,
    executorID,
    systemDatabaseSchemaName: 'dbos',
    useListenNotify: false,
    maxConcurrentQueueDispatches: 1,
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (entry) => logger.warn(`workflows: ${firstLine(entry)}`),
      error: (entry) => logger.error(`workflows: ${firstLine(entry)}`),
    },
    systemDatabasePool: pool,
  };
}

/** DBOS adds a stack trace to each line; the run keeps its error. */
function firstLine(entry: unknown): string {
  return (entry instanceof Error ? entry.message : String(entry)).split('\n', 1)[0] ?? '';
}

async function enqueue(workflow: Workflow, run: RunFunction, event: WorkflowEvent): Promise<void> {
  const { id, concurrency } = workflow;
  const partition =
    concurrency === undefined
      ? {}
      : { enqueueOptions: { queuePartitionKey: `${id}:${concurrencyKey(workflow, event, concurrency.key)}` } };
  const workflowID = `${id}:${event.id}`;
  await DBOS.startWorkflow(run, { workflowID, queueName: queueNameOf(workflow), ...partition })(event);
}

function queueNameOf({ concurrency }: Workflow): string {
  return queueName(concurrency?.limit);
}

/** Workflows of one limit share a queue: every queue that is looked at costs an idle process something. */
function queueName(limit: number | undefined): string {
  return limit === undefined ? 'unlimited' : `limit-${limit}`;
}
