/**
 * What keeps a store in order, as workflows: each step has its time, is tried again, and what fails for good is in the list
 * of runs with its reason, to be run again or dropped. They run once a day, whichever process is awake: the day is in the
 * id of the event.
 */
import {
  deleteAnswersBefore,
  deleteDeliveriesBefore,
  deleteExpiredSignIns,
  deleteGivenAnswersBefore,
  deleteRerunsBefore,
  listUserIds,
} from '@synap/database';
import { Unprocessable } from '@synap/domain';
import { defineWorkflow, FatalError, type Workflow, type WorkflowEvent } from '@synap/workflows';
import type { Parts } from '../parts.ts';
import { archiveOldEvents } from './archive.ts';
import { sweepFiles } from './unreferenced-files.ts';
import { writeCheckpoints } from './write-checkpoints.ts';

/** A day has begun, in UTC, in which nothing has been kept up yet. */
const UPKEEP_DUE = 'upkeep.due';
/** Those of one kind come one after the other. */
const ONE_AT_A_TIME = { key: 'data.scope', limit: 1 } as const;

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Longer than the day that is promised, so that a repeat at its very end still finds its answer. */
const ANSWERS_KEPT_MS = 2 * DAY_MS;
const FINISHED_RUNS_KEPT_MS = 7 * DAY_MS;
const RERUNS_KEPT_MS = 30 * DAY_MS;
/** So long an answer may take to come back as a capture. */
const GIVEN_ANSWERS_KEPT_MS = 30 * DAY_MS;
const DELIVERED_KEPT_MS = 7 * DAY_MS;
/** What did not arrive, so that somebody may look at it, and have it tried again. */
const DEAD_DELIVERIES_KEPT_MS = 30 * DAY_MS;

const REMOVAL_TIMEOUT_MS = 10 * 60_000;
/** Every file is looked at, and every user's log is read. */
const LONG_TIMEOUT_MS = 2 * HOUR_MS;

export interface UpkeepOptions {
  /** Older events are moved into the file store; `null` leaves them all where they are. */
  readonly archiveAfterMs: number | null;
  /** Forgets the runs that ended before this; gives how many. */
  readonly removeFinishedRuns: (before: Date) => Promise<number>;
  /** Told of what failed for good. */
  readonly onFailure: (workflowId: string, error: string) => void;
}

/** The event of a day; sent any number of times, it starts each workflow once. */
export function upkeepDue(now: Date): WorkflowEvent {
  const day = now.toISOString().slice(0, 10);
  return { id: `upkeep:${day}`, name: UPKEEP_DUE, data: { scope: 'upkeep', day } };
}

export function upkeepWorkflows(parts: Parts, options: UpkeepOptions): Workflow[] {
  const { archiveAfterMs } = options;
  const workflows = [removeExpired(parts, options), sweepUnreferenced(parts, options), checkpointDaily(parts, options)];
  return archiveAfterMs === null ? workflows : [...workflows, archiveDaily(parts, { ...options, archiveAfterMs })];
}

function describe(id: string, { onFailure }: UpkeepOptions, stepTimeoutMs: number) {
  return {
    id,
    trigger: UPKEEP_DUE,
    concurrency: ONE_AT_A_TIME,
    stepTimeoutMs,
    onFailure: async ({ error }: { error: string }) => onFailure(id, error),
  };
}

/** Retention: removes what has served its time. */
function removeExpired({ database, log, clock }: Parts, options: UpkeepOptions): Workflow {
  const before = (keptMs: number): Date => new Date(clock.now().getTime() - keptMs);
  return defineWorkflow(describe('remove-expired', options, REMOVAL_TIMEOUT_MS), async ({ step }) => {
    const { queries } = database;
    const remove = (what: string, work: () => Promise<unknown>) => step.run(what, () => work().then(() => null));
    await remove('answers', () => deleteAnswersBefore(log.database.queries, before(ANSWERS_KEPT_MS)));
    await remove('given-answers', () => deleteGivenAnswersBefore(queries, before(GIVEN_ANSWERS_KEPT_MS)));
    await remove('reruns', () => deleteRerunsBefore(queries, before(RERUNS_KEPT_MS)));
    await remove('deliveries', () =>
      deleteDeliveriesBefore(queries, {
        deliveredBefore: before(DELIVERED_KEPT_MS),
        deadBefore: before(DEAD_DELIVERIES_KEPT_MS),
      }),
    );
    await remove('sign-ins', () => deleteExpiredSignIns(queries, before(0)));
    return { finishedRuns: await step.run('runs', () => options.removeFinishedRuns(before(FINISHED_RUNS_KEPT_MS))) };
  });
}

/** Removes files that nothing names, and vectors of things that are no more. */
function sweepUnreferenced(parts: Parts, options: UpkeepOptions): Workflow {
  return defineWorkflow(describe('sweep-files', options, LONG_TIMEOUT_MS), async ({ step }) => {
    const files = await step.run('files', async ({ signal }) => {
      const users = new Set<string>(await listUserIds(parts.database.queries));
      try {
        return { ...(await sweepFiles(parts, { isKnown: (userId) => users.has(userId), signal })) };
      } catch (error) {
        // The files of another database are as many at the next attempt.
        if (error instanceof Unprocessable) throw new FatalError(error.message);
        throw error;
      }
    });
    return { ...files, vectors: await step.run('vectors', () => parts.index.forgetOrphans()) };
  });
}

/** Signs where the log of each user stands. */
function checkpointDaily(parts: Parts, options: UpkeepOptions): Workflow {
  return defineWorkflow(describe('write-checkpoints', options, LONG_TIMEOUT_MS), ({ step }) =>
    step.run('checkpoints', async ({ signal }) => ({ written: (await writeCheckpoints(parts, { signal })).length })),
  );
}

/** Moves what is old of the log into the file store. */
function archiveDaily(parts: Parts, options: UpkeepOptions & { archiveAfterMs: number }): Workflow {
  const { archiveAfterMs: olderThanMs } = options;
  return defineWorkflow(describe('archive-events', options, LONG_TIMEOUT_MS), ({ step }) =>
    step.run('archive', async ({ signal }) => ({
      parts: (await archiveOldEvents(parts, { olderThanMs, signal })).length,
    })),
  );
}
