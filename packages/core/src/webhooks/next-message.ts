import {
  advanceWebhook,
  endReplay,
  findDueDelivery,
  type NewDelivery,
  type Webhook,
  type WebhookKey,
} from '@synap/database';
import { DeliveryId, EVERY_EVENT, eventTypesOf, type StoredEvent, type WebhookId } from '@synap/domain';
import type { Parts } from '../parts.ts';
import { messageIdOf } from './message.ts';

/** What is to be sent next. */
export interface NextMessage {
  readonly event: StoredEvent;
  readonly delivery: NewDelivery;
  /** Of this message; 0 for one that was never tried. */
  readonly failures: number;
  /** How far the webhook has been told once it has been tried. */
  readonly progress: { position?: bigint; replayPosition?: bigint };
}

/** Gives one message after the other, in the order in which they are to be tried. */
export interface MessageQueue {
  /** @returns `null` if there is nothing to send for now. */
  next(webhook: Webhook): Promise<NextMessage | null>;
  /** Whether there is more to replay, later: it is done slowly. */
  readonly hasReplayLeft: boolean;
}

const PAGE_SIZE = 100;
/** So many messages are replayed at a stretch. */
const REPLAYED_AT_ONCE = 50;

/**
 * What a webhook is to be told, as one line: first what is due to be tried again, then what has happened since, then what
 * somebody wants again. Events come in the order of the log; they are read from there, and nothing waits in memory but a
 * page.
 */
export function createMessageQueue(parts: Parts, key: WebhookKey): MessageQueue {
  const { database, log, clock, ids } = parts;
  let live: StoredEvent[] = [];
  let again: StoredEvent[] = [];
  let replayed = 0;
  let hasReplayLeft = false;

  const read = (after: bigint, { eventTypes }: Webhook) => {
    const types = eventTypes.includes(EVERY_EVENT) ? {} : { types: eventTypesOf(eventTypes) };
    return log.readAll({ after, limit: PAGE_SIZE, filter: { userId: key.userId, ...types } });
  };

  const nextDue = async (): Promise<NextMessage | null> => {
    const due = await findDueDelivery(database.queries, key, { now: clock.now() });
    if (due === null || due.event === null) return null;
    const { id, position } = due.event;
    const filter = { userId: key.userId };
    const [event] = (await log.readAll({ after: position - 1n, limit: 1, filter })).events;
    if (event?.id !== id) throw new Error(`The event ${id} is not in the log any more.`);
    return { event, delivery: due, failures: due.failures, progress: {} };
  };

  const nextLive = async (webhook: Webhook): Promise<NextMessage | null> => {
    live = live.filter(({ position }) => position > webhook.position);
    if (live.length === 0) {
      const { events, upTo } = await read(webhook.position, webhook);
      live = events;
      if (events.length === 0) await advanceWebhook(database.queries, key, { position: upTo });
    }
    const [event] = live;
    return event === undefined ? null : fresh(event, { isReplay: false, progress: { position: event.position } });
  };

  const nextReplayed = async ({ replayPosition, replayUpTo, ...webhook }: Webhook): Promise<NextMessage | null> => {
    hasReplayLeft = replayPosition !== null && replayUpTo !== null;
    if (replayPosition === null || replayUpTo === null || replayed >= REPLAYED_AT_ONCE) return null;
    again = again.filter(({ position }) => position > replayPosition);
    if (again.length === 0) {
      const page = await read(replayPosition, { ...webhook, replayPosition, replayUpTo });
      again = page.events.filter(({ position }) => position <= replayUpTo);
    }
    const [event] = again;
    if (event === undefined) {
      await endReplay(database.queries, key, { upTo: replayUpTo });
      hasReplayLeft = false;
      return null;
    }
    replayed += 1;
    return fresh(event, { isReplay: true, progress: { replayPosition: event.position } });
  };

  const fresh = (event: StoredEvent, how: Pick<NewDelivery, 'isReplay'> & Pick<NextMessage, 'progress'>) => ({
    event,
    delivery: newDelivery(event, { id: ids.next(), webhookId: key.webhookId, isReplay: how.isReplay }),
    failures: 0,
    progress: how.progress,
  });

  return {
    next: async (webhook) => (await nextDue()) ?? (await nextLive(webhook)) ?? (await nextReplayed(webhook)),
    get hasReplayLeft() {
      return hasReplayLeft;
    },
  };
}

function newDelivery(
  { id: eventId, position, type }: StoredEvent,
  { id, webhookId, isReplay }: { id: string; webhookId: WebhookId; isReplay: boolean },
): NewDelivery {
  const messageId = messageIdOf(webhookId, eventId);
  return { id: DeliveryId.parse(id), messageId, event: { id: eventId, position }, eventType: type, isReplay };
}
