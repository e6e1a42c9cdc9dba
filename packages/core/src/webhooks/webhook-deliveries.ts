import {
  changeWebhook,
  listDeliveries as listRows,
  loadDelivery,
  loadWebhook,
  restartDelivery,
  saveTest,
  type Webhook,
  type WebhookKey,
} from '@synap/database';
import { DeliveryId, type DeliveryStatus, isSuccess, Unprocessable, type WebhookId } from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { attemptDelivery } from './attempt-delivery.ts';
import { once, viewed } from './manage-webhooks.ts';
import { testMessage } from './message.ts';
import { type DeliveryView, viewDelivery, type WebhookView } from './webhook-view.ts';

/** From where on events are sent again: those after a position of the log, or those since an instant. */
export type ReplayFrom =
  | { readonly after: bigint; readonly since?: undefined }
  | { readonly since: Date; readonly after?: undefined };

/**
 * What was sent to a webhook, with every attempt; what was tried last comes first.
 * @throws {NotFound} if the user has no such webhook.
 */
export async function listDeliveries(
  { database: { queries } }: Parts,
  key: WebhookKey,
  page: { status?: DeliveryStatus | undefined; limit: number; cursor?: string | undefined },
): Promise<{ items: DeliveryView[]; nextCursor: string | null }> {
  await loadWebhook(queries, key);
  const { items, nextCursor } = await listRows(queries, key, page);
  return { items: items.map(viewDelivery), nextCursor };
}

/**
 * Sends the events from a point of the log on once more, in the background and slowly, behind whatever happens
 * meanwhile. The messages have the ids that they had. A replay that is under way reaches as far back as either asks.
 *
 * @throws {NotFound} if the user has no such webhook.
 * @throws {Unprocessable} if it is paused.
 */
export function replayWebhook(
  parts: Parts,
  context: CommandContext,
  input: { id: WebhookId } & ReplayFrom,
): Promise<WebhookView> {
  const request = { ...input, after: input.after === undefined ? null : String(input.after) };
  return once(parts, context, { command: 'webhooks.replay', id: input.id, request }, async (key) => {
    const webhook = await loadActive(parts, key);
    const after = input.after ?? (await positionBefore(parts, key, input.since));
    // What comes later it is told of in any case.
    if (after >= webhook.position) return viewed(parts, webhook);
    const { replayPosition } = webhook;
    const changed = await changeWebhook(parts.database.queries, key, {
      replayPosition: replayPosition === null || after < replayPosition ? after : replayPosition,
      replayUpTo: webhook.position,
      wakeAt: parts.clock.now(),
    });
    return viewed(parts, changed);
  });
}

/**
 * Has one delivery tried again at once, from the beginning, however it has ended.
 * @throws {NotFound} if the user has no such delivery.
 * @throws {Unprocessable} if it was a test, or its webhook is paused.
 */
export function retryDelivery(
  parts: Parts,
  context: CommandContext,
  input: { id: WebhookId; deliveryId: DeliveryId },
): Promise<DeliveryView> {
  return once(parts, context, { command: 'webhooks.retryDelivery', id: input.id, request: input }, async (key) => {
    const { queries } = parts.database;
    const { event } = await loadDelivery(queries, key, input.deliveryId);
    if (event === null) throw new Unprocessable('This was a test. Send another one instead.');
    await loadActive(parts, key);
    const now = parts.clock.now();
    const restarted = await restartDelivery(queries, key, { id: input.deliveryId, now });
    await changeWebhook(queries, key, { heldUntil: null, wakeAt: now });
    return viewDelivery(restarted);
  });
}

/**
 * Sends a message that is about nothing that happened, once, and says what came of it. One that arrives shows that the
 * receiver is well: what waits for it is sent.
 *
 * @throws {NotFound} if the user has no such webhook.
 */
export function sendTest(parts: Parts, context: CommandContext, input: { id: WebhookId }): Promise<DeliveryView> {
  return once(parts, context, { command: 'webhooks.sendTest', id: input.id, request: input }, async (key) => {
    const { database, clock, ids } = parts;
    const webhook = await loadWebhook(database.queries, key);
    const id = DeliveryId.parse(ids.next());
    const message = testMessage(webhook.id, { id, now: clock.now() });
    // What was begun is seen to its end, which is near, so that the log of deliveries tells it.
    const { signal } = new AbortController();
    const { outcome, kept } = await attemptDelivery(parts, webhook, message, { isReplay: false, signal });
    const now = clock.now();
    const delivery = { id, messageId: message.id, event: null, eventType: message.type, isReplay: false };
    const isTaken = isSuccess(outcome);
    const saved = await saveTest(database.queries, key, { delivery, attempt: kept, isTaken, now });
    if (isTaken && webhook.status === 'active') {
      await changeWebhook(database.queries, key, { heldUntil: null, wakeAt: now });
    }
    return viewDelivery(saved);
  });
}

async function loadActive({ database }: Parts, key: WebhookKey): Promise<Webhook> {
  const webhook = await loadWebhook(database.queries, key);
  if (webhook.status === 'active') return webhook;
  throw new Unprocessable('This webhook is paused. Resume it first.');
}

/** The position before the user's first event since an instant. */
async function positionBefore({ log }: Parts, { userId }: WebhookKey, since: Date): Promise<bigint> {
  const { events, upTo } = await log.readAll({ after: 0n, limit: 1, filter: { userId, from: since } });
  const [first] = events;
  return first === undefined ? upTo : first.position - 1n;
}
