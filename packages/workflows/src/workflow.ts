/**
 * The port: a workflow is written once against it and runs on any engine.
 *
 * A workflow is a function whose work is done in steps. A step that has finished is never run again: its result is
 * stored, and after a crash the function runs from its beginning with the stored results until it comes to the step
 * that was interrupted. So a step runs at least once, what it writes must be keyed so that writing twice is writing
 * once, and the function itself must do nothing outside of its steps that could come out differently.
 */

/** What a step may result in, and what an event may carry: small, for it is stored and sent again at each step. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What starts workflows. The same event sent twice starts each of them once. */
export interface WorkflowEvent {
  /** The idempotency key: an event about content names the version, or what changed is never looked at again. */
  readonly id: string;
  readonly name: string;
  readonly data: { readonly [key: string]: JsonValue };
}

/** The durable building blocks of a workflow; each is named, and the name is unique within the workflow. */
export interface WorkflowStep {
  /**
   * Does something once. A failure is retried as the workflow says; `signal` aborts when the step's time is up.
   * @throws what the last attempt threw.
   */
  run<Result extends JsonValue>(
    id: string,
    action: (context: { signal: AbortSignal }) => Promise<Result>,
  ): Promise<Result>;
  /** Waits; a restart does not begin the wait anew. */
  sleep(id: string, durationMs: number): Promise<void>;
  /** Starts the workflows that this event triggers. */
  sendEvent(id: string, event: WorkflowEvent): Promise<void>;
  /**
   * Waits for an event that is sent from now on; `null` when the time is up first.
   * @param options.match a dotted path such as `data.userId`, at which it must have what the run's own event has.
   */
  waitForEvent(
    id: string,
    options: { event: string; timeoutMs: number; match?: string },
  ): Promise<WorkflowEvent | null>;
}

export interface WorkflowOptions {
  readonly id: string;
  /** The name of the events that start it. */
  readonly trigger: string;
  /** At most `limit` runs at once for each value of `key`, a dotted path into the event such as `data.userId`. */
  readonly concurrency?: { readonly key: string; readonly limit: number };
  /** How often a failed step is tried again, each time after a longer wait, before the run fails; 3 if left out. */
  readonly retries?: number;
  /** How long one attempt of a step may take; a minute if left out. */
  readonly stepTimeoutMs?: number;
  /** Told when a run has failed for good, by steps like those of the run; what it throws changes nothing any more. */
  readonly onFailure?: FailureHandler;
}

export type FailureHandler = (context: {
  event: WorkflowEvent;
  step: WorkflowStep;
  runId: string;
  error: string;
}) => Promise<void>;

export type WorkflowHandler = (context: {
  event: WorkflowEvent;
  step: WorkflowStep;
  runId: string;
}) => Promise<JsonValue>;

/** A workflow as an engine takes it. */
export interface Workflow extends Required<Omit<WorkflowOptions, 'concurrency' | 'onFailure'>> {
  readonly concurrency: WorkflowOptions['concurrency'];
  readonly onFailure: WorkflowOptions['onFailure'];
  readonly handler: WorkflowHandler;
}

const DEFAULT_RETRIES = 3;
const DEFAULT_STEP_TIMEOUT_MS = 60_000;

/** Declares a workflow. */
export function defineWorkflow(options: WorkflowOptions, handler: WorkflowHandler): Workflow {
  const { id, trigger, concurrency, onFailure, retries, stepTimeoutMs } = options;
  return {
    id,
    trigger,
    concurrency,
    onFailure,
    retries: retries ?? DEFAULT_RETRIES,
    stepTimeoutMs: stepTimeoutMs ?? DEFAULT_STEP_TIMEOUT_MS,
    handler,
  };
}

/** The value at a dotted path of an event, as text; `undefined` if there is none. */
export function valueAt(event: WorkflowEvent, path: string): string | undefined {
  let value: unknown = event;
  for (const name of path.split('.')) {
    value =
      typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : null;
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/**
 * The key that limits the runs of a workflow.
 * @throws {TypeError} if the event has none: runs without a key would wait for each other, and nobody would know why.
 */
export function concurrencyKey(workflow: Workflow, event: WorkflowEvent, path: string): string {
  const value = valueAt(event, path);
  if (value !== undefined) return value;
  throw new TypeError(`The event ${event.name} has no ${path}, which limits the runs of ${workflow.id}.`);
}

/** Thrown by a step to fail its run at once: trying again would not help. */
export class FatalError extends Error {
  override readonly name = 'FatalError';
}

export const RunStatus = { waiting: 'waiting', running: 'running', succeeded: 'succeeded', failed: 'failed' } as const;
export type RunStatus = (typeof RunStatus)[keyof typeof RunStatus];

/** One run of a workflow. */
export interface WorkflowRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly status: RunStatus;
  /** Why it failed. */
  readonly error: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export interface RunFilter {
  readonly status?: RunStatus;
  readonly limit?: number;
  /** How many to leave out. */
  readonly offset?: number;
}

export class NoSuchRun extends Error {
  override readonly name = 'NoSuchRun';
  constructor(runId: string) {
    super(`There is no run ${runId}.`);
  }
}

export class RunHasNotFailed extends Error {
  override readonly name = 'RunHasNotFailed';
  constructor(runId: string) {
    super(`The run ${runId} has not failed: there is nothing to run again.`);
  }
}

/** What runs workflows durably. */
export interface WorkflowEngine {
  /** Starts, and takes up what was left unfinished; also after `stop`. Of a start that failed nothing is left behind. */
  start(): Promise<void>;
  /** Lets running steps finish for a while; what is unfinished then goes on at the next start. */
  stop(): Promise<void>;
  /** Starts every workflow that the event triggers. It is not forgotten once this returns. */
  send(event: WorkflowEvent): Promise<void>;
  /** The newest runs first. */
  list(filter?: RunFilter): Promise<WorkflowRun[]>;
  /**
   * Runs a failed run again, under its own id, from the step that failed.
   * @throws {NoSuchRun} if there is none of this id.
   * @throws {RunHasNotFailed} if there is nothing to run again.
   */
  retry(runId: string): Promise<void>;
  /** Forgets a run; one that is at work goes on no more. Gives whether there was one. */
  drop(runId: string): Promise<boolean>;
  /** Forgets every run, whatever its state, whose event holds this text, such as a user's id; gives how many. */
  forget(text: string): Promise<number>;
  /** Resolves when no run is waiting or running any more. */
  idle(): Promise<void>;
  /** Forgets the runs that ended before this; gives how many. */
  deleteFinished(before: Date): Promise<number>;
}

/** Where an engine says what people should know. */
export interface EngineLogger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
