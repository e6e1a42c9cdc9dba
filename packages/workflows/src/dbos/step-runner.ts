import { setTimeout as delay } from 'node:timers/promises';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { FatalError, type JsonValue, type Workflow } from '../workflow.ts';

/** Runs the steps of this process's workflows, and stops them when it is time. */
export interface StepRunner {
  run<Result extends JsonValue>(
    workflow: Workflow,
    id: string,
    action: (context: { signal: AbortSignal }) => Promise<Result>,
  ): Promise<Result>;
  /**
   * No new step begins. Those at work may finish for a while; then their signals abort, and whatever they do after
   * that is not recorded: they run again at the next start.
   */
  stop(options: { patienceMs: number }): Promise<void>;
}

/** For how long a step that was told to stop is waited for. */
const ABORT_PATIENCE_MS = 1000;

/** @param retryDelayMs the wait before the first retry; it doubles each time. */
export function createStepRunner({ retryDelayMs }: { retryDelayMs: number }): StepRunner {
  const stopping = new AbortController();
  const atWork = new Set<Promise<unknown>>();
  let isStopped = false;

  /** One attempt, or for ever nothing: a run that is parked is taken up by the next process. */
  const attempt = async <Result>(action: (context: { signal: AbortSignal }) => Promise<Result>): Promise<Result> => {
    if (isStopped) return parked();
    const { timeoutSignal, cancelSignal } = DBOS.stepStatus ?? {};
    const signals = [timeoutSignal, cancelSignal, stopping.signal].filter((signal) => signal !== undefined);
    const work = action({ signal: AbortSignal.any(signals) });
    atWork.add(work);
    try {
      const result = await work;
      return stopping.signal.aborted ? parked() : result;
    } catch (error) {
      if (stopping.signal.aborted) return parked();
      throw error;
    } finally {
      atWork.delete(work);
    }
  };

  return {
    run: (workflow, id, action) => {
      let attempts = 0;
      const tryOnce = () => {
        attempts += 1;
        return attempt(action);
      };
      return DBOS.runStep(tryOnce, {
        name: id,
        retriesAllowed: workflow.retries > 0,
        maxAttempts: workflow.retries + 1,
        intervalSeconds: retryDelayMs / 1000,
        backoffRate: 2,
        timeoutMS: workflow.stepTimeoutMs,
        // Refusing the last retry oneself keeps the error itself, where DBOS would put a summary of all.
        shouldRetry: (error) => !(error instanceof FatalError) && attempts <= workflow.retries,
      });
    },
    stop: async ({ patienceMs }) => {
      isStopped = true;
      await settledWithin(atWork, patienceMs);
      stopping.abort();
      await settledWithin(atWork, ABORT_PATIENCE_MS);
    },
  };
}

function parked(): Promise<never> {
  return new Promise(() => undefined);
}

async function settledWithin(work: ReadonlySet<Promise<unknown>>, milliseconds: number): Promise<void> {
  const timeUp = new AbortController();
  const time = delay(milliseconds, undefined, { signal: timeUp.signal }).catch(() => undefined);
  await Promise.race([Promise.allSettled(work), time]);
  timeUp.abort();
}
