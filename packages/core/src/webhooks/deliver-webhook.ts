/**
 * Tells a webhook of what has happened.
 *
 * The log is the outbox: a webhook keeps the position up to which it has been told, and a run works on from there, one
 * message after the other. Nothing is written of an event before it is tried, so an import of thousands makes no queue; it
 * makes a longer way for one run at a time. What fails is tried again when it is due; no run sleeps until then. The row
 * says when there is something to do (`wake_at`), and `wake-webhooks.ts` starts a run then, in whatever process.
 *
 * At least once: how far a webhook has been told is kept with the attempt itself, after it. What a crash cuts off between
 * the two is sent again, under the same id.
 */
import {
  beginWebhookRun,
  endWebhookRun,
  findNextDue,
  findWebhook,
  saveAttempt,
  type Webhook,
  type WebhookKey,
} from '@synap/database';
import { decideAttempt, PauseReason, UserId, WebhookId } from '@synap/domain';
import { defineWorkflow, type Workflow } from '@synap/workflows';
import * as z from 'zod';
import type { Parts } from '../parts.ts';
import { attemptDelivery } from './attempt-delivery.ts';
import { messageOf } from './message.ts';
import { createMessageQueue, type MessageQueue, type NextMessage } from './next-message.ts';

/** Starts a run that tells a webhook of what it has not been told yet. */
export const WEBHOOK_DUE = 'webhook.due';

const webhookDueSchema = z.strictObject({
  userId: UserId,
  webhookId: WebhookId,
  /** Which of its runs this is. */
  generation: z.int(),
});

/** How long a step goes on with messages; the last may take as long as a receiver may. */
const STEP_MS = 20_000;
const STEP_TIMEOUT_MS = 60_000;
/** After so many steps others have their turn; the rest is the next run's. */
const STEPS_PER_RUN = 5;
/** A run that has vanished is missed after this. */
const MISSED_AFTER_MS = 5 * 60_000;
/** The rest between two stretches of a replay. */
const REPLAY_REST_MS = 5_000;

/** One at a time for each webhook: its messages keep their order, and a slow receiver holds up nobody but itself. */
export function deliverWebhook(parts: Parts): Workflow {
  const { database, clock } = parts;
  const options = {
    id: 'deliver-webhook',
    trigger: WEBHOOK_DUE,
    concurrency: { key: 'data.webhookId', limit: 1 },
    stepTimeoutMs: STEP_TIMEOUT_MS,
  };
  return defineWorkflow(options, async ({ event, step }) => {
    const { generation, ...key } = webhookDueSchema.parse(event.data);
    const begunWith = await step.run('begin', async () => {
      // A run that was already waiting when another paused the webhook: that one has told of it.
      if ((await findWebhook(database.queries, key))?.status !== 'active') return null;
      const wakeAt = new Date(clock.now().getTime() + MISSED_AFTER_MS);
      await beginWebhookRun(database.queries, key, { generation, wakeAt });
      return wakeAt.toISOString();
    });
    if (begunWith === null) return { wakeAt: null };
    let wakeAt: string | null = null;
    for (let number = 1; number <= STEPS_PER_RUN; number += 1) {
      const done = await step.run(`deliver-${number}`, ({ signal }) => deliverSome(parts, key, { signal }));
      wakeAt = done.wakeAt;
      if (done.isPaused) await step.run('tell', () => tellOfPause(parts, key));
      if (done.isAllForNow) break;
    }
    return step.run('end', async () => {
      const next = wakeAt === null ? null : new Date(wakeAt);
      await endWebhookRun(database.queries, key, { begunWith: new Date(begunWith), wakeAt: next });
      return { wakeAt };
    });
  });
}

async function tellOfPause({ database, webhooks }: Parts, key: WebhookKey): Promise<null> {
  const webhook = await findWebhook(database.queries, key);
  const reason = webhook?.pausedReason ?? null;
  // A person knows what they did.
  if (webhook === null || reason === null || reason === PauseReason.person) return null;
  await webhooks.tellOfPause?.({ ...key, url: webhook.url, reason });
  return null;
}

/** What a step came to: whether there is nothing more for now, and when there will be; or that nothing is sent any more. */
export type Delivered = { isAllForNow: boolean; wakeAt: string | null; isPaused: boolean };

/** Sends one message after the other until there is none, the receiver is held back, or the time is up. */
export async function deliverSome(
  parts: Parts,
  key: WebhookKey,
  { signal }: { signal: AbortSignal },
): Promise<Delivered> {
  const { database, clock } = parts;
  const until = clock.now().getTime() + STEP_MS;
  const queue = createMessageQueue(parts, key);
  let webhook = await findWebhook(database.queries, key);
  while (webhook?.status === 'active') {
    signal.throwIfAborted();
    const now = clock.now();
    if (webhook.heldUntil !== null && webhook.heldUntil > now) {
      return { isAllForNow: true, wakeAt: webhook.heldUntil.toISOString(), isPaused: false };
    }
    if (now.getTime() >= until) return { isAllForNow: false, wakeAt: now.toISOString(), isPaused: false };
    const message = await queue.next(webhook);
    if (message === null) {
      return { isAllForNow: true, wakeAt: await readNextWake(parts, key, queue), isPaused: false };
    }
    webhook = await deliver(parts, webhook, message, { signal });
  }
  return { isAllForNow: true, wakeAt: null, isPaused: webhook?.status === 'paused' };
}

/** @returns the webhook as it is then; `null` if it was removed meanwhile. */
async function deliver(
  parts: Parts,
  webhook: Webhook,
  { event, delivery, failures, progress }: NextMessage,
  { signal }: { signal: AbortSignal },
): Promise<Webhook | null> {
  const key = { userId: webhook.userId, webhookId: webhook.id };
  const message = messageOf(webhook.id, event);
  const { isReplay } = delivery;
  const { outcome, kept } = await attemptDelivery(parts, webhook, message, { isReplay, signal });
  const now = parts.clock.now();
  const decision = decideAttempt(outcome, { messageId: message.id, failures, health: webhook, now });
  return saveAttempt(parts.database.queries, key, {
    delivery,
    attempt: kept,
    decision,
    isRecovered: webhook.heldUntil !== null && decision.status === 'delivered',
    progress,
    now,
  });
}

async function readNextWake(
  { database, clock }: Parts,
  key: WebhookKey,
  { hasReplayLeft }: MessageQueue,
): Promise<string | null> {
  const due = await findNextDue(database.queries, key);
  const rested = hasReplayLeft ? new Date(clock.now().getTime() + REPLAY_REST_MS) : null;
  if (due === null || rested === null) return (due ?? rested)?.toISOString() ?? null;
  return new Date(Math.min(due.getTime(), rested.getTime())).toISOString();
}
