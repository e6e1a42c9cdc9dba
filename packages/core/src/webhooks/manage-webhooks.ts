import {
  changeWebhook,
  countWaiting,
  deleteWebhook as deleteRow,
  findWebhookMadeBy,
  insertWebhook,
  listWebhooks as listRows,
  loadWebhook,
  restartDeliveries,
  skipDeliveries,
  type Webhook,
  type WebhookKey,
} from '@synap/database';
import { Unprocessable, type UserId, WebhookId } from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { writeOnce } from '../write/write-once.ts';
import { hashOf, newSecret, openSecrets, rotated } from './signing-secrets.ts';
import { readTargetUrl } from './target-url.ts';
import { viewWebhook, type WebhookView, type WebhookWithSecret } from './webhook-view.ts';

export interface WebhookInput {
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly description: string;
}

/** More than anybody has receivers. */
const WEBHOOKS_MAX = 20;

/**
 * Has an address told of the user's events, from the next one on.
 *
 * @returns its secret, too, which is shown this once (a repeat under the same idempotency key shows it again).
 * @throws {ValidationFailed} if the URL may not be one.
 * @throws {Unprocessable} if there are too many, or the same idempotency key made another one.
 */
export async function createWebhook(
  parts: Parts,
  { userId, idempotencyKey }: CommandContext,
  input: WebhookInput,
): Promise<WebhookWithSecret> {
  const { queries } = parts.database;
  const url = readTargetUrl(input.url, parts.webhooks);
  const creationKey = idempotencyKey === undefined ? null : hashOf(idempotencyKey);
  const creationHash = hashOf(JSON.stringify([url, input.eventTypes, input.description]));
  const earlier = creationKey === null ? null : await findWebhookMadeBy(queries, userId, creationKey);
  if (earlier !== null) return sameAgain(parts, earlier, creationHash);
  if ((await listRows(queries, userId)).length >= WEBHOOKS_MAX) {
    throw new Unprocessable(`There are ${WEBHOOKS_MAX} webhooks already. Remove one that is not used any more.`);
  }
  const now = parts.clock.now();
  const id = WebhookId.parse(parts.ids.next());
  const { secret, kept } = newSecret(parts.webhooks.secrets, id, creationKey);
  const made = await insertWebhook(queries, {
    id,
    userId,
    url,
    description: input.description,
    eventTypes: [...input.eventTypes],
    status: 'active',
    pausedReason: null,
    pausedAt: null,
    secrets: [kept],
    creationKey,
    creationHash,
    position: await parts.log.readWatermark(),
    replayPosition: null,
    replayUpTo: null,
    wakeAt: now,
    generation: 0,
    consecutiveFailures: 0,
    failingSince: null,
    heldUntil: null,
    lastDeliveredAt: null,
    createdAt: now,
    updatedAt: now,
  });
  if (made !== null) return { webhook: viewWebhook(made, { waiting: 0 }), secret };
  const meanwhile = creationKey === null ? null : await findWebhookMadeBy(queries, userId, creationKey);
  if (meanwhile === null) throw new Unprocessable('This Idempotency-Key was used a moment ago. Use a new key.');
  return sameAgain(parts, meanwhile, creationHash);
}

async function sameAgain(parts: Parts, webhook: Webhook, creationHash: string): Promise<WebhookWithSecret> {
  if (webhook.creationHash !== creationHash) {
    throw new Unprocessable('This Idempotency-Key was used for another request. Use a new key for a new request.');
  }
  return { webhook: await viewed(parts, webhook), secret: presentSecret(parts, webhook) };
}

/** The user's webhooks, the newest first. */
export async function listWebhooks({ database: { queries } }: Parts, userId: UserId): Promise<WebhookView[]> {
  const waiting = await countWaiting(queries, userId);
  return (await listRows(queries, userId)).map((webhook) =>
    viewWebhook(webhook, { waiting: waiting.get(webhook.id) ?? 0 }),
  );
}

/** @throws {NotFound} if the user has no such webhook. */
export async function getWebhook(parts: Parts, key: WebhookKey): Promise<WebhookView> {
  return viewed(parts, await loadWebhook(parts.database.queries, key));
}

/**
 * Changes what a webhook is told of, or where. At another address what waits is tried at once.
 * @throws {NotFound} if the user has no such webhook.
 * @throws {ValidationFailed} if the URL may not be one.
 */
export function updateWebhook(
  parts: Parts,
  context: CommandContext,
  input: { id: WebhookId } & { [Field in keyof WebhookInput]?: WebhookInput[Field] | undefined },
): Promise<WebhookView> {
  return once(parts, context, { command: 'webhooks.update', id: input.id, request: input }, async (key) => {
    const { queries } = parts.database;
    const { url, eventTypes, description } = input;
    const now = parts.clock.now();
    const target = url === undefined ? undefined : readTargetUrl(url, parts.webhooks);
    const isElsewhere = target !== undefined && target !== (await loadWebhook(queries, key)).url;
    const changed = await changeWebhook(queries, key, {
      ...(target === undefined ? {} : { url: target }),
      ...(eventTypes === undefined ? {} : { eventTypes: [...eventTypes] }),
      ...(description === undefined ? {} : { description }),
      ...(isElsewhere ? { ...WELL, wakeAt: now } : {}),
      updatedAt: now,
    });
    if (isElsewhere) await restartDeliveries(queries, key, { now, diedSince: null });
    return viewed(parts, changed);
  });
}

/** Removes a webhook and the log of its deliveries. @throws {NotFound} if the user has no such webhook. */
export function deleteWebhook(
  parts: Parts,
  context: CommandContext,
  input: { id: WebhookId },
): Promise<{ id: WebhookId }> {
  return once(parts, context, { command: 'webhooks.delete', id: input.id, request: input }, async (key) => {
    await deleteRow(parts.database.queries, key);
    return { id: input.id };
  });
}

/** Sends nothing any more, until it is resumed. @throws {NotFound} if the user has no such webhook. */
export function pauseWebhook(parts: Parts, context: CommandContext, input: { id: WebhookId }): Promise<WebhookView> {
  return once(parts, context, { command: 'webhooks.pause', id: input.id, request: input }, async (key) => {
    const { queries } = parts.database;
    const present = await loadWebhook(queries, key);
    if (present.status === 'paused') return viewed(parts, present);
    const now = parts.clock.now();
    const change = { status: 'paused', pausedReason: 'person', pausedAt: now, wakeAt: null, updatedAt: now } as const;
    return viewed(parts, await changeWebhook(queries, key, change));
  });
}

/**
 * Sends again. What has happened in the meantime is in the log: it is delivered, or left out, as the person chooses. What
 * died while every delivery failed belongs to it.
 *
 * @throws {NotFound} if the user has no such webhook.
 */
export function resumeWebhook(
  parts: Parts,
  context: CommandContext,
  input: { id: WebhookId; missed: 'deliver' | 'skip' },
): Promise<WebhookView> {
  return once(parts, context, { command: 'webhooks.resume', id: input.id, request: input }, async (key) => {
    const present = await loadWebhook(parts.database.queries, key);
    return viewed(parts, present.status === 'active' ? present : await resume(parts, present, input));
  });
}

async function resume(
  { database, log, clock }: Parts,
  present: Webhook,
  { missed }: { missed: 'deliver' | 'skip' },
): Promise<Webhook> {
  const key = { userId: present.userId, webhookId: present.id };
  const now = clock.now();
  const isSkipped = missed === 'skip';
  const resumed = { status: 'active', pausedReason: null, pausedAt: null, wakeAt: now, updatedAt: now } as const;
  const skipped = isSkipped ? { position: await log.readWatermark(), replayPosition: null, replayUpTo: null } : {};
  return database.queries.transaction(async (transaction) => {
    if (isSkipped) await skipDeliveries(transaction, key, { now });
    else await restartDeliveries(transaction, key, { now, diedSince: present.failingSince });
    return changeWebhook(transaction, key, { ...resumed, ...WELL, ...skipped });
  });
}

/**
 * Gives a webhook another secret. For a day messages are signed with the one from before, too.
 * @throws {NotFound} if the user has no such webhook.
 */
export async function rotateWebhookSecret(
  parts: Parts,
  { userId, idempotencyKey }: CommandContext,
  { id: webhookId }: { id: WebhookId },
): Promise<WebhookWithSecret> {
  const key = { userId, webhookId };
  const { queries } = parts.database;
  const requestedBy = idempotencyKey === undefined ? null : hashOf(idempotencyKey);
  const present = await loadWebhook(queries, key);
  if (requestedBy !== null && present.secrets[0]?.requestedBy === requestedBy) {
    return { webhook: await viewed(parts, present), secret: presentSecret(parts, present) };
  }
  const now = parts.clock.now();
  const { secret, kept } = newSecret(parts.webhooks.secrets, webhookId, requestedBy);
  const secrets = rotated(present.secrets, kept, { now });
  return { webhook: await viewed(parts, await changeWebhook(queries, key, { secrets, updatedAt: now })), secret };
}

/** A receiver of which nothing bad is known. */
const WELL = { consecutiveFailures: 0, failingSince: null, heldUntil: null };

/**
 * Does something to a webhook once for each idempotency key; a repeat gives the first answer again. What holds a secret
 * must not go through here: answers are kept.
 *
 * @param write.request as JSON: what makes a repeat the same request.
 */
export function once<Answer>(
  parts: Parts,
  context: CommandContext,
  { command, id, request }: { command: string; id: WebhookId; request: unknown },
  work: (key: WebhookKey) => Promise<Answer>,
): Promise<Answer> {
  return writeOnce(parts, context, {
    command,
    request: { command, request },
    retry: false,
    prepare: () => work({ userId: context.userId, webhookId: id }),
    decide: async (answer) => ({ changes: [], answer: () => answer }),
  });
}

export async function viewed({ database }: Parts, webhook: Webhook): Promise<WebhookView> {
  const waiting = await countWaiting(database.queries, webhook.userId);
  return viewWebhook(webhook, { waiting: waiting.get(webhook.id) ?? 0 });
}

function presentSecret({ webhooks, clock }: Parts, webhook: Webhook): string {
  const [secret] = openSecrets(webhooks.secrets, webhook, { now: clock.now() });
  if (secret === undefined) throw new Error(`The webhook ${webhook.id} has no secret.`);
  return secret;
}
