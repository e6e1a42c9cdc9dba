import type { StoredEvent } from '@synap/domain';
import type { Queryable } from '../connection/database.ts';
import { releaseLease, saveCheckpoint, takeLease } from './checkpoint.ts';
import type { EventFilter } from './event-filter.ts';
import type { EventLog } from './event-log.ts';

const BATCH_SIZE = 200;
const LEASE_MS = 15_000;
/** Renewed well before it runs out. */
const RENEW_AFTER_MS = 5_000;

/** What a named subscriber does, and where it keeps how far it has come. */
export interface DurableSubscriberOptions {
  /** Its name in the table `checkpoints`: the same for ever, or it begins anew. */
  readonly name: string;
  /** This process, by a name that no other has; the same after a restart, it need not wait for its old lease to end. */
  readonly owner: string;
  /** Where the checkpoint lies: the database that the work itself is written to. */
  readonly queries: Queryable;
  readonly log: EventLog;
  readonly filter: EventFilter;
  /** A new one begins with what comes from now on, instead of with the first event of all. */
  readonly beginsNow?: boolean;
  /** Does the work of one event. What it throws is reported, and the event is given again at the next round. */
  readonly handle?: (event: StoredEvent) => Promise<void>;
  /** In its place, for work that is the same effort for many events: as many of them as have come, in order. */
  readonly handlePage?: (events: readonly StoredEvent[]) => Promise<void>;
  /** How often to look without being woken. */
  readonly pollIntervalMs: number;
  /** How long it rests after each look, so that what comes meanwhile is one effort; not at all if left out. */
  readonly restMs?: number;
  readonly onError: (error: unknown) => void;
}

/** A subscriber that goes on where it stopped, whatever ended it. */
export interface DurableSubscriber {
  /** Resolves when everything that was in the log at the call has been handled, or is another process's to handle. */
  drained(): Promise<void>;
  /** Stops after the event at hand. */
  stop(): Promise<void>;
}

/**
 * Follows the log for a named subscriber. The log is the outbox: an event is there because its transaction committed.
 * The checkpoint moves after the work is done, so a crash in between gives the event again: what `handle` does must be
 * keyed by the event. Of several processes one at a time holds the subscriber's lease; when it dies, another goes on.
 */
export function subscribeDurably(options: DurableSubscriberOptions): DurableSubscriber {
  const {
    name: subscriber,
    owner,
    queries,
    log,
    filter,
    handle,
    handlePage,
    pollIntervalMs,
    restMs = 0,
    onError,
  } = options;
  const lease = { subscriber, owner, durationMs: LEASE_MS };
  let round: Promise<void> | null = null;
  let isWokenAgain = false;
  let isStopped = false;
  let restsUntil = 0;
  let rest: NodeJS.Timeout | undefined;
  /** The position that was read up to and holds nothing more for this subscriber; saved only when there was work. */
  let position: bigint | null = null;
  let renewedAt = 0;
  let beginning: bigint | null = null;

  const holdLease = async (): Promise<boolean> => {
    if (position !== null && Date.now() - renewedAt < RENEW_AFTER_MS) return true;
    beginning ??= options.beginsNow === true ? await log.readWatermark() : 0n;
    const checkpoint = await takeLease(queries, { ...lease, beginning });
    renewedAt = Date.now();
    if (checkpoint === null) position = null;
    else if (position === null || checkpoint > position) position = checkpoint;
    return checkpoint !== null;
  };

  /** @returns whether all were handled: not if it was stopped or lost the lease on the way. */
  const handleAll = async (events: readonly StoredEvent[]): Promise<boolean> => {
    if (handlePage !== undefined && events.length > 0) {
      if (isStopped || !(await holdLease())) return false;
      await handlePage(events);
    }
    if (handle === undefined) return true;
    for (const event of events) {
      if (isStopped || !(await holdLease())) return false;
      await handle(event);
    }
    return true;
  };

  /** @returns whether there may be more at once. */
  const readOnce = async (): Promise<boolean> => {
    if (!(await holdLease()) || position === null) return false;
    const { events, upTo } = await log.readAll({ after: position, limit: BATCH_SIZE, filter });
    if (!(await handleAll(events))) return false;
    const isSaved = events.length === 0 || (await saveCheckpoint(queries, { subscriber, owner, position: upTo }));
    position = isSaved ? upTo : null;
    return isSaved && events.length === BATCH_SIZE;
  };

  const readToEnd = async (): Promise<void> => {
    do {
      isWokenAgain = false;
      let hasMore = true;
      while (hasMore && !isStopped) hasMore = await readOnce();
    } while (isWokenAgain && !isStopped && restMs === 0);
  };

  const begin = (): void => {
    clearTimeout(rest);
    rest = undefined;
    round = readToEnd()
      .catch(onError)
      .finally(() => {
        round = null;
        restsUntil = Date.now() + restMs;
        if (isWokenAgain) wake();
      });
  };

  const wake = (): void => {
    if (isStopped) return;
    const restsForMs = restsUntil - Date.now();
    if (round !== null) isWokenAgain = true;
    else if (restsForMs <= 0) begin();
    else rest ??= setTimeout(begin, restsForMs).unref();
  };

  log.appended.onRaise(wake);
  const timer = setInterval(wake, pollIntervalMs);
  timer.unref();
  wake();
  return {
    drained: async () => {
      // A round that is at work may have looked already.
      await round;
      if (round === null && !isStopped) begin();
      while (round !== null) await round;
    },
    stop: async () => {
      isStopped = true;
      clearInterval(timer);
      clearTimeout(rest);
      await round;
      await releaseLease(queries, lease);
    },
  };
}
