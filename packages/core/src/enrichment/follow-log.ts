import { type Database, readAll, readCheckpoint, saveCheckpoint } from '@synap/database';
import type { EventName } from '@synap/domain';
import type { WorkflowEngine } from '@synap/workflows';
import { workflowEventFor } from './workflow-events.ts';

const SUBSCRIBER = 'workflows';
const BATCH_SIZE = 200;
/** Only events of these types start anything. */
const STARTING: EventName[] = ['ai.analysis_requested', 'entity.file_uploaded', 'entity.title_changed'];

/** Starts the workflows that the log asks for. */
export interface LogFollower {
  /** There may be more to read. Returns at once; many calls while it reads are one. */
  wake(): void;
  /** Resolves when everything that was in the log at the call has been handed to the engine. */
  drained(): Promise<void>;
  /** Stops after the batch at hand. What was not handed over is handed over at the next start. */
  stop(): Promise<void>;
}

/**
 * Follows the log from where it stopped last time and hands what starts a workflow to the engine. The log is the
 * outbox: an event is there because its transaction committed, and the checkpoint moves only after the engine has
 * taken it, so a crash in between hands it over again, which the engine takes as the same run.
 *
 * @param pollIntervalMs how often it looks without being woken, for events that other processes wrote.
 * @param onError told of a failed round, which is repeated at the next wake or poll.
 */
export function followLog(
  { database, engine }: { database: Database; engine: WorkflowEngine },
  { pollIntervalMs, onError }: { pollIntervalMs: number; onError: (error: unknown) => void },
): LogFollower {
  let position: bigint | null = null;
  let round: Promise<void> | null = null;
  let isWokenAgain = false;
  let isStopped = false;

  const readOnce = async (): Promise<boolean> => {
    const after = position ?? (await readCheckpoint(database.queries, SUBSCRIBER));
    const { events, upTo } = await readAll(database.queries, { after, limit: BATCH_SIZE, filter: { types: STARTING } });
    for (const event of events) {
      const workflowEvent = workflowEventFor(event);
      if (workflowEvent !== null) await engine.send(workflowEvent);
    }
    if (events.length > 0) await saveCheckpoint(database.queries, SUBSCRIBER, upTo);
    position = upTo;
    return events.length === BATCH_SIZE;
  };

  const readToEnd = async (): Promise<void> => {
    do {
      isWokenAgain = false;
      let hasMore = true;
      while (hasMore && !isStopped) hasMore = await readOnce();
    } while (isWokenAgain && !isStopped);
  };

  const wake = (): void => {
    if (isStopped) return;
    if (round !== null) {
      isWokenAgain = true;
      return;
    }
    round = readToEnd()
      .catch(onError)
      .finally(() => {
        round = null;
      });
  };

  const timer = setInterval(wake, pollIntervalMs);
  timer.unref();
  return {
    wake,
    drained: async () => {
      wake();
      while (round !== null) await round;
    },
    stop: async () => {
      isStopped = true;
      clearInterval(timer);
      await round;
    },
  };
}
