import { type DueReminder, findDueReminders } from '@synap/database';
import { CorrelationId, decideRemind, NotFound } from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { changeEntity } from '../write/change-entity.ts';

/*
 * Reminders are a part of a task's state, and whoever runs looks every moment for those whose time has come. There is no
 * run that sleeps until then: what is set, changed, cancelled, undone, restored from a backup, or moved to another engine of
 * workflows is right without a timer of its own, and a reminder that came due while nothing ran fires at the next start.
 *
 * To fire is one event, `task.reminded`, decided on the task as it is then and appended if nobody was quicker: once,
 * with however many servers, and whenever one of them dies. What follows the log tells the person.
 */

const PAGE = 200;

/** Fires reminders until it is stopped. */
export interface Reminders {
  /** Waits for what is being fired. */
  stop(): Promise<void>;
}

/**
 * Fires the reminders whose time has come, now and from now on.
 * @param options.onError told of what could not be fired or read; it is tried again.
 */
export function startReminders(
  parts: Parts,
  { pollIntervalMs, onError }: { pollIntervalMs: number; onError: (error: unknown) => void },
): Reminders {
  const ending = new AbortController();
  let round: Promise<void> | null = null;
  const look = (): void => {
    round ??= fireReminders(parts, { onError, signal: ending.signal })
      .catch(onError)
      .finally(() => {
        round = null;
      });
  };
  const timer = setInterval(look, pollIntervalMs);
  timer.unref();
  look();
  return {
    stop: async () => {
      clearInterval(timer);
      ending.abort();
      await round;
    },
  };
}

interface Firing {
  readonly onError: (error: unknown) => void;
  readonly signal?: AbortSignal;
}

/** Fires the reminders whose time has come; what cannot be fired is left for the next time, and keeps none from firing. */
export async function fireReminders(parts: Parts, { onError, signal }: Firing): Promise<void> {
  const now = parts.clock.now();
  let due: DueReminder[] = [];
  do {
    due = await findDueReminders(parts.database.queries, { now, limit: PAGE, after: due.at(-1) });
    for (const reminder of due) {
      if (signal?.aborted === true) return;
      await remind(parts, reminder).catch((error: unknown) => {
        // What was purged meanwhile needs no reminder.
        if (!(error instanceof NotFound)) onError(error);
      });
    }
  } while (due.length === PAGE);
}

async function remind(parts: Parts, { userId, entityId: id }: DueReminder): Promise<void> {
  const context: CommandContext = {
    userId,
    actor: { kind: 'workflow', id: 'remind' },
    source: 'automation',
    correlationId: CorrelationId.parse(parts.ids.next()),
  };
  await changeEntity(parts, context, {
    id,
    command: 'tasks.remind',
    request: { id },
    decide: (state) => decideRemind(state, { now: parts.clock.now() }),
  });
}
