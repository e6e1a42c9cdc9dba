import { type DurableSubscriber, listWebhooksToWake, subscribeDurably, wakeWebhooks } from '@synap/database';
import { patternsFor, type StoredEvent, type UserId } from '@synap/domain';
import type { WorkflowEngine } from '@synap/workflows';
import type { Parts } from '../parts.ts';
import { WEBHOOK_DUE } from './deliver-webhook.ts';

/** How often it is looked whether something is due; what has just happened is looked for at once. */
const LOOK_INTERVAL_MS = 1_000;
/** Writes of an import are looked at together: where there is no webhook, that is all that they cost. */
const FOLLOWER_REST_MS = 200;
/** While much happens, a webhook's runs begin no oftener than this: each then has more to tell. */
const REST_MS = 1_000;
const WOKEN_AT_ONCE = 100;
const MINUTE_MS = 60_000;

/**
 * Starts runs for the webhooks that have something to be told: since it has just happened, since it is due again, or since
 * a run has vanished. That a webhook has is noted in its row before the log is read on, so no crash forgets it; and of
 * many words for one webhook one run comes, since a run has the webhook's and its generation's id.
 */
export function startWebhookRuns(
  { database, log, clock, engine }: Pick<Parts, 'database' | 'log' | 'clock'> & { engine: WorkflowEngine },
  options: { owner: string; pollIntervalMs: number; onError: (error: unknown) => void },
): DurableSubscriber {
  const { queries } = database;
  let looking: Promise<void> = Promise.resolve();
  /** The runs that were started in this minute; afterwards they are started once more, lest one was lost. */
  const started = { minute: 0, runs: new Set<string>(), webhooks: new Map<string, number>() };

  const look = async ({ isPatient }: { isPatient: boolean }): Promise<void> => {
    const now = clock.now();
    const minute = Math.floor(now.getTime() / MINUTE_MS);
    if (minute !== started.minute) {
      started.minute = minute;
      started.runs.clear();
      started.webhooks.clear();
    }
    for (const due of await listWebhooksToWake(queries, { now, limit: WOKEN_AT_ONCE })) {
      const id = `${due.webhookId}:${due.generation}:${minute}`;
      const restsUntil = (started.webhooks.get(due.webhookId) ?? 0) + REST_MS;
      if (started.runs.has(id) || (isPatient && restsUntil > now.getTime())) continue;
      await engine.send({ id, name: WEBHOOK_DUE, data: { ...due } });
      started.runs.add(id);
      started.webhooks.set(due.webhookId, now.getTime());
    }
  };
  const lookInTurn = (how: { isPatient: boolean } = { isPatient: true }): Promise<void> => {
    looking = looking.then(() => look(how)).catch(options.onError);
    return looking;
  };

  const follower = subscribeDurably({
    ...options,
    name: 'webhooks',
    queries,
    log,
    filter: {},
    beginsNow: true,
    restMs: FOLLOWER_REST_MS,
    handlePage: async (events) => {
      for (const [userId, patterns] of patternsByUser(events)) {
        await wakeWebhooks(queries, { userId, patterns, now: clock.now() });
      }
      await lookInTurn();
    },
  });
  const timer = setInterval(() => void lookInTurn(), LOOK_INTERVAL_MS);
  timer.unref();
  return {
    drained: async () => {
      await follower.drained();
      await lookInTurn({ isPatient: false });
    },
    stop: async () => {
      clearInterval(timer);
      await follower.stop();
      await looking;
    },
  };
}

/** What of the events a webhook may have asked for. */
function patternsByUser(events: readonly StoredEvent[]): Map<UserId, string[]> {
  const byUser = new Map<UserId, Set<string>>();
  for (const event of events) {
    const patterns = byUser.get(event.userId) ?? new Set();
    byUser.set(event.userId, patterns);
    const type = event.type === 'event.erased' ? event.data.eventType : event.type;
    for (const pattern of patternsFor(type)) patterns.add(pattern);
  }
  return new Map([...byUser].map(([userId, patterns]) => [userId, [...patterns]]));
}
