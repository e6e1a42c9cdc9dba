import type * as Sdk from 'inngest';
import { FatalError, type JsonValue, type Workflow, type WorkflowEvent, type WorkflowStep } from '../workflow.ts';
import { FAILURE_STEP_PREFIX, type RunLedger } from './run-ledger.ts';

/*
 * A workflow of the port as functions of Inngest. Inngest calls such a function again and again, each time with the
 * results of the steps that are done, and the function does the next one.
 */

/** What the functions of an engine work with. */
export interface FunctionTools {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.Inngest;
  readonly ledger: RunLedger;
  readonly send: (event: WorkflowEvent) => Promise<void>;
  /** Aborts when the engine stops. */
  readonly stopping: AbortSignal;
  /** The wait before the first retry; it doubles each time. Inngest rounds it up to whole seconds. */
  readonly retryDelayMs: number;
}

/** In the data of an event that runs a failed run again: which. */
const RUN_ID_KEY = '__synapRun';
/** In the data of every event: its id, whatever the server makes of the one outside. */
const EVENT_ID_KEY = '__synapEvent';
/** What Inngest takes at the most. */
const RETRIES_MAX = 20;

type Retries = NonNullable<Sdk.InngestFunction.Options['retries']>;

export function runIdOf(workflow: Workflow, event: WorkflowEvent): string {
  return `${workflow.id}:${event.id}`;
}

/** An event as Inngest takes it. */
export function toInngestEvent({ id, name, data }: WorkflowEvent) {
  return { id, name, data: { ...data, [EVENT_ID_KEY]: id } };
}

/** An event as it was sent. */
function fromInngestEvent({ id, name, data }: { id: string; name: string; data: Record<string, unknown> }) {
  const { [EVENT_ID_KEY]: sentId, ...sent } = data as Record<string, JsonValue>;
  return { id: typeof sentId === 'string' ? sentId : id, name, data: sent };
}

/** The event that runs one workflow's failed run again; its data is the run's own, which limits are keyed by. */
export function retryEvent(run: { runId: string; workflowId: string; event: WorkflowEvent; attempt: number }) {
  return {
    id: `${run.runId}:${run.attempt}`,
    name: retryEventName(run.workflowId),
    data: { ...run.event.data, [RUN_ID_KEY]: run.runId },
  };
}

function retryEventName(workflowId: string): string {
  return `synap/retry.${workflowId}`;
}

/** @throws {Error} if the workflow has an option that Inngest cannot keep. */
export function toFunction(workflow: Workflow, tools: FunctionTools): Sdk.InngestFunction.Any {
  const { id, trigger, concurrency } = workflow;
  const { sdk, client, ledger } = tools;
  return client.createFunction(
    {
      id,
      triggers: [{ event: trigger }, { event: retryEventName(id) }],
      retries: Math.min(workflow.retries, RETRIES_MAX) as Retries,
      ...(concurrency === undefined
        ? {}
        : { concurrency: [{ key: `event.${concurrency.key}`, limit: concurrency.limit }] }),
      onFailure: async ({ event: failure, error, step }) => {
        const runId = nameRun(workflow, failure.data.event);
        const event = await ledger.begin(runId);
        if (event === null) return;
        const { onFailure } = workflow;
        if (onFailure !== undefined) {
          const ofRun = toStep(workflow, { runId, step, attempt: 0, prefix: FAILURE_STEP_PREFIX }, tools);
          await onFailure({ event, step: ofRun, runId, error: error.message }).catch(() => undefined);
        }
        await step.run('synap:failed', () => ledger.fail(runId, error.message));
      },
    },
    async ({ event: received, step, attempt }) => {
      const runId = nameRun(workflow, received);
      const event = await ledger.begin(runId);
      // It was dropped, or is done: Inngest has been told of it twice.
      if (event === null) return null;
      try {
        await workflow.handler({ event, step: toStep(workflow, { runId, step, attempt, prefix: '' }, tools), runId });
      } catch (error) {
        if (error instanceof sdk.StepError) throw error;
        // Outside of its steps a workflow does nothing that could come out differently the next time.
        throw new sdk.NonRetriableError(messageOf(error), { cause: error });
      }
      await step.run('synap:finished', () => ledger.finish(runId));
      return null;
    },
  );
}

/** Of an event as Inngest gives it. */
function nameRun(workflow: Workflow, event: { id?: string | undefined; data?: Record<string, unknown> }): string {
  const runId = event.data?.[RUN_ID_KEY];
  if (typeof runId === 'string') return runId;
  const eventId = event.data?.[EVENT_ID_KEY];
  return `${workflow.id}:${typeof eventId === 'string' ? eventId : event.id}`;
}

type SdkStep = Parameters<Parameters<Sdk.Inngest['createFunction']>[1]>[0]['step'];

function toStep(
  workflow: Workflow,
  { runId, step, attempt, prefix }: { runId: string; step: SdkStep; attempt: number; prefix: string },
  { sdk, ledger, send, stopping, retryDelayMs }: FunctionTools,
): WorkflowStep {
  const attemptOnce = async <Result extends JsonValue>(
    id: string,
    action: (context: { signal: AbortSignal }) => Promise<Result>,
  ): Promise<JsonValue> => {
    const known = await ledger.stepOutcome(runId, id);
    if (known !== null) {
      if ('error' in known) throw new sdk.NonRetriableError(known.error);
      return known.result;
    }
    const timeUp = AbortSignal.timeout(workflow.stepTimeoutMs);
    const signal = AbortSignal.any([timeUp, stopping]);
    try {
      const result = await Promise.race([action({ signal }), aborted(signal)]);
      await ledger.recordStep(runId, id, { result });
      return result;
    } catch (error) {
      if (error instanceof FatalError) throw new sdk.NonRetriableError(error.message, { cause: error });
      throw new sdk.RetryAfterError(messageOf(error), retryDelayMs * 2 ** attempt, { cause: error });
    }
  };
  const run = async <Result extends JsonValue>(
    id: string,
    action: (context: { signal: AbortSignal }) => Promise<Result>,
  ): Promise<Result> => {
    const stepId = prefix + id;
    try {
      return (await step.run(stepId, () => attemptOnce(stepId, action))) as Result;
    } catch (error) {
      await ledger.recordStep(runId, stepId, { error: messageOf(error) });
      throw error;
    }
  };

  return {
    run,
    sleep: (id, durationMs) => step.sleep(prefix + id, durationMs),
    sendEvent: async (id, event) => {
      await run(id, () => send(event).then(() => null));
    },
    waitForEvent: async (id, { event, timeoutMs, match }) => {
      const matching = match === undefined ? {} : { match };
      const received = await step.waitForEvent(prefix + id, { event, timeout: timeoutMs, ...matching });
      return received === null ? null : fromInngestEvent(received);
    },
  };
}

/** Rejects when the signal aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
