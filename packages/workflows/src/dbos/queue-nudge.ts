import { wfQueueRunner } from '@dbos-inc/dbos-sdk/internal/wfqueue';

/*
 * Has DBOS look into its queues when there is something in them, instead of many times a second for nothing.
 *
 * DBOS looks at intervals and cannot be told that something has come: an interval that nobody notices keeps an idle server
 * busy, and one that costs nothing makes everybody wait. So its scheduler is taken by the hand: before it decides which
 * queues are due, those that were nudged are made due. That is the inside of DBOS, whose version is pinned exactly. Where
 * it is not as it was (`isPossible`), nothing is changed, and the interval has to be short.
 */

const SCHEDULE = 'scheduleDueQueues';
/** While runs go on, one that ends may make room for another at any time; then it is looked this often. */
const BUSY_INTERVAL_MS = 50;
/** What was begun elsewhere, such as what is retried, is looked for as long after the last that was heard of. */
const BUSY_MS = 1_500;
/** So many looks may follow each other at once before they keep the interval. */
const BURST = 4;

export interface QueueNudge {
  /** Whether DBOS looks when it is told; if not, its own interval is all that there is. */
  readonly isPossible: boolean;
  /** Something has come, or a run has begun or ended: has the queue looked at now, and often for a while. */
  nudge(queueName: string): void;
  /** Puts DBOS back as it was. */
  stop(): void;
}

export function createQueueNudge(): QueueNudge {
  const schedule: unknown = Reflect.get(wfQueueRunner, SCHEDULE);
  if (typeof schedule !== 'function') return { isPossible: false, nudge: () => undefined, stop: () => undefined };
  const now = (): number => performance.now();
  /** Those to be looked at as soon as may be. */
  const due = new Set<string>();
  /** Until when each is looked at often. */
  const busy = new Map<string, number>();
  let wake: () => void = () => undefined;
  let timer: NodeJS.Timeout | null = null;
  /** Up to when all looks would have kept the interval, had they come one after the other (a leaky bucket). */
  let paidUntil = 0;

  const scheduleNudged = (...words: unknown[]): unknown => {
    const { states, inFlight, wakeScheduler } = readSchedule(words);
    wake = wakeScheduler;
    for (const name of due) {
      // What is being looked at is looked at again afterwards: it may have come after the look had begun.
      if (inFlight.has(name)) continue;
      const state = states.get(name);
      if (typeof state === 'object' && state !== null) Reflect.set(state, 'nextPollAt', 0);
      due.delete(name);
    }
    return Reflect.apply(schedule, wfQueueRunner, words);
  };
  Reflect.set(wfQueueRunner, SCHEDULE, scheduleNudged);

  const look = (names: Iterable<string>): void => {
    paidUntil = Math.max(paidUntil, now() - BURST * BUSY_INTERVAL_MS) + BUSY_INTERVAL_MS;
    for (const name of names) due.add(name);
    wake();
  };
  const lookAgain = (): void => {
    look(busy.keys());
    for (const [name, until] of busy) if (until < now()) busy.delete(name);
    timer = busy.size === 0 ? null : setTimeout(lookAgain, BUSY_INTERVAL_MS).unref();
  };
  return {
    isPossible: true,
    nudge: (queueName) => {
      busy.set(queueName, now() + BUSY_MS);
      if (paidUntil <= now()) look([queueName]);
      timer ??= setTimeout(lookAgain, BUSY_INTERVAL_MS).unref();
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
      // What is taken away is ours; behind it is the method of the class.
      Reflect.deleteProperty(wfQueueRunner, SCHEDULE);
    },
  };
}

/** What DBOS gives to its scheduler: executor, now, lanes, the looks that are under way, and what wakes it. */
function readSchedule([, , , inFlight, wakeScheduler]: unknown[]) {
  const states: unknown = Reflect.get(wfQueueRunner, 'states');
  return {
    states: states instanceof Map ? states : new Map<unknown, unknown>(),
    inFlight: inFlight instanceof Map ? inFlight : new Map<unknown, unknown>(),
    wakeScheduler: typeof wakeScheduler === 'function' ? () => void wakeScheduler() : () => undefined,
  };
}
