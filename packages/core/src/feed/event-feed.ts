import type { EventFilter, EventLog } from '@synap/database';
import { RateLimited, type UserId } from '@synap/domain';
import { type EventView, viewEvent } from '../queries/read-history.ts';

/** Some of a user's events, in order, and the position up to which there are no others that fit. */
export interface FeedPage {
  readonly events: readonly EventView[];
  readonly upTo: bigint;
}

/** Each user's events as they come. */
export interface EventFeed {
  /**
   * A user's events after a position: those that are there, then those that come, until the signal is aborted or the feed
   * is closed. Each position once and in order. Whoever reads slowly holds nobody up and is buffered nowhere: a page is
   * read from the log when it is asked for.
   *
   * @param options.after `null` for what comes from now on.
   * @throws {RateLimited} if the user has as many feeds open as one may have.
   */
  follow(
    userId: UserId,
    options: { after: bigint | null; filter: Omit<EventFilter, 'userId'>; signal: AbortSignal },
  ): AsyncGenerator<FeedPage>;
  /** Ends every one of them. */
  close(): void;
}

/** More than any person has windows; a loop that opens them is stopped. */
const FEEDS_PER_USER_MAX = 1_000;
const RETRY_AFTER_SECONDS = 60;
const PAGE_SIZE = 100;

/**
 * One reader of the log for all listeners of this process: it tells those whose user something has happened to that they
 * may read on. A listener that waits costs a promise, and no query.
 */
export function createEventFeed(log: Pick<EventLog, 'readAll' | 'readWatermark' | 'subscribe'>): EventFeed {
  const closing = new AbortController();
  const listeners = new Map<UserId, Set<() => void>>();
  let tail: AbortController | null = null;

  const followLog = async (after: bigint, signal: AbortSignal): Promise<void> => {
    for await (const { userId } of log.subscribe({ after, signal })) {
      for (const wake of listeners.get(userId) ?? []) wake();
    }
  };
  const wakeAll = (): void => {
    for (const ofUser of listeners.values()) for (const wake of ofUser) wake();
  };
  const join = async (userId: UserId, wake: () => void): Promise<void> => {
    const ofUser = listeners.get(userId) ?? new Set();
    if (ofUser.size >= FEEDS_PER_USER_MAX) {
      const message = `There are ${FEEDS_PER_USER_MAX} feeds open already: close some.`;
      throw new RateLimited(message, { retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    listeners.set(userId, ofUser.add(wake));
    if (tail !== null) return;
    const own = new AbortController();
    tail = own;
    const after = await log.readWatermark();
    // Should reading the log fail for good, listeners find out as they read it themselves, and the next begins anew.
    void followLog(after, AbortSignal.any([own.signal, closing.signal])).catch(() => {
      if (tail === own) tail = null;
      wakeAll();
    });
  };
  const leave = (userId: UserId, wake: () => void): void => {
    const ofUser = listeners.get(userId);
    ofUser?.delete(wake);
    if (ofUser?.size === 0) listeners.delete(userId);
    if (listeners.size > 0) return;
    tail?.abort();
    tail = null;
  };

  return {
    close: () => closing.abort(),

    async *follow(userId, { after, filter, signal }) {
      const ended = AbortSignal.any([signal, closing.signal]);
      const waiter = createWaiter(ended);
      try {
        await join(userId, waiter.wake);
        let position = after ?? (await log.readWatermark());
        while (!ended.aborted) {
          const { events, upTo } = await log.readAll({
            after: position,
            limit: PAGE_SIZE,
            filter: { ...filter, userId },
          });
          position = upTo;
          yield { events: events.map(viewEvent), upTo };
          if (events.length < PAGE_SIZE) await waiter.wait();
        }
      } finally {
        leave(userId, waiter.wake);
      }
    },
  };
}

/** Waits for a call, without missing one that comes between two waits. */
function createWaiter(ended: AbortSignal): { wake: () => void; wait: () => Promise<void> } {
  let isWoken = false;
  let resolve: () => void = () => undefined;
  const wake = (): void => {
    isWoken = true;
    resolve();
  };
  ended.addEventListener('abort', wake, { once: true });
  return {
    wake,
    wait: async () => {
      if (!isWoken && !ended.aborted) {
        await new Promise<void>((resolveWait) => {
          resolve = resolveWait;
        });
      }
      isWoken = false;
    },
  };
}
