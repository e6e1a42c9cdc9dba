import type { DeliveryView, WebhookView } from '@synap/core';
import colors from 'picocolors';
import { v7 } from 'uuid';
import type { CommandEnvironment } from '../command.ts';
import { CommandFailed, WrongUsage } from '../command-failed.ts';
import { localTime } from '../output.ts';

/*
 * The addresses that are told of what happens, and how that went.
 */

export interface NewWebhookOptions {
  readonly events?: readonly string[];
  readonly description?: string;
}

export interface DeliveryListOptions {
  readonly status?: DeliveryView['status'];
  readonly limit: number;
  readonly cursor?: string;
}

export interface ReplayOptions {
  readonly after?: string;
  readonly since?: string;
}

/** `synap webhooks`: all there are, with how they fare. */
export async function listWebhooks({ client, output }: CommandEnvironment): Promise<void> {
  const answer = await client.api.webhooks.list.query({});
  output.result(answer, answer.items.length === 0 ? ['There is no webhook.'] : answer.items.map(webhookLine));
}

/** `synap webhooks add`: makes one, and shows its secret this once. */
export async function addWebhook(
  { client, output }: CommandEnvironment,
  url: string,
  { events, description }: NewWebhookOptions,
): Promise<void> {
  const input = {
    url,
    ...(events === undefined ? {} : { eventTypes: [...events] }),
    ...(description === undefined ? {} : { description }),
  };
  const context = { idempotencyKey: `webhook-${v7()}` };
  const answer = await client.api.webhooks.create.mutate(input, { context });
  output.message(`${answer.webhook.id} is told of what happens from now on. Its secret is shown this once:`);
  output.result(answer, [answer.secret]);
}

/** `synap webhooks remove`: with all that is known of their deliveries. */
export async function removeWebhooks({ client, output }: CommandEnvironment, ids: readonly string[]): Promise<void> {
  for (const id of ids) await client.api.webhooks.delete.mutate({ id });
  output.result({ removed: ids }, [
    ids.length === 1 ? 'It is told of nothing more.' : 'They are told of nothing more.',
  ]);
}

/** `synap webhooks pause`: until it is resumed. */
export async function pauseWebhook({ client, output }: CommandEnvironment, id: string): Promise<void> {
  const answer = await client.api.webhooks.pause.mutate({ id });
  output.result(answer, [webhookLine(answer.webhook)]);
}

/** `synap webhooks resume`: with what was missed, or without it. */
export async function resumeWebhook(
  { client, output }: CommandEnvironment,
  id: string,
  { skipMissed }: { readonly skipMissed: boolean },
): Promise<void> {
  const answer = await client.api.webhooks.resume.mutate({ id, missed: skipMissed ? 'skip' : 'deliver' });
  output.result(answer, [webhookLine(answer.webhook)]);
}

/** `synap webhooks rotate`: shows the new secret this once. */
export async function rotateSecret({ client, output }: CommandEnvironment, id: string): Promise<void> {
  const context = { idempotencyKey: `webhook-secret-${v7()}` };
  const answer = await client.api.webhooks.rotateSecret.mutate({ id }, { context });
  output.message('This is the only time that the new secret is shown; for a day the one from before is good, too:');
  output.result(answer, [answer.secret]);
}

/** `synap webhooks test`: sends one message and says what came of it. */
export async function testWebhook({ client, output }: CommandEnvironment, id: string): Promise<void> {
  const answer = await client.api.webhooks.sendTest.mutate({ id });
  output.result(answer, deliveryLines(answer.delivery));
  if (answer.delivery.status !== 'delivered') throw new CommandFailed('The message was not taken.');
}

/** `synap webhooks deliveries`: what was sent, with every attempt. */
export async function listDeliveries(
  { client, output }: CommandEnvironment,
  id: string,
  options: DeliveryListOptions,
): Promise<void> {
  const answer = await client.api.webhooks.deliveries.query({ id, ...options });
  output.result(answer, [
    ...(answer.items.length === 0 ? ['Nothing was sent.'] : answer.items.flatMap(deliveryLines)),
    ...(answer.nextCursor === null ? [] : [colors.dim(`more: --cursor ${answer.nextCursor}`)]),
  ]);
}

/** `synap webhooks retry`: has deliveries tried again, from the beginning. */
export async function retryDeliveries(
  { client, output }: CommandEnvironment,
  [id = '', ...deliveryIds]: readonly string[],
): Promise<void> {
  const deliveries: DeliveryView[] = [];
  for (const deliveryId of deliveryIds) {
    deliveries.push((await client.api.webhooks.retryDelivery.mutate({ id, deliveryId })).delivery);
  }
  output.result({ items: deliveries }, [`${deliveries.length === 1 ? 'It is' : 'They are'} tried again now.`]);
}

/** `synap webhooks replay`: sends events once more. */
export async function replayWebhook(
  { client, output }: CommandEnvironment,
  id: string,
  { after, since }: ReplayOptions,
): Promise<void> {
  if ((after === undefined) === (since === undefined)) {
    throw new WrongUsage('Say from where on: --after POSITION, or --since with a day or an instant.');
  }
  const from = since === undefined ? { after } : { since: asInstant(since) };
  const answer = await client.api.webhooks.replay.mutate({ id, ...from });
  const isUnderWay = answer.webhook.replay !== null;
  output.result(answer, [
    isUnderWay ? 'What happened since is sent again, little by little.' : 'Nothing has happened since.',
  ]);
}

function webhookLine(webhook: WebhookView): string {
  const { id, url, eventTypes, description, status, pausedReason, waiting, heldUntil, lastDeliveredAt } = webhook;
  const parts = [colors.bold(url), eventTypes.join(' ')];
  if (description !== '') parts.push(description);
  if (status === 'paused') parts.push(colors.red(`paused: ${pauseWords[pausedReason ?? 'person']}`));
  if (heldUntil !== null) parts.push(colors.yellow(`fails; nothing is sent before ${localTime(heldUntil)}`));
  if (waiting > 0) parts.push(colors.yellow(`${waiting} to be tried again`));
  parts.push(lastDeliveredAt === null ? 'nothing delivered yet' : `delivered ${localTime(lastDeliveredAt)}`);
  return [...parts, colors.dim(id)].join('  ');
}

const pauseWords = {
  person: 'you wanted it',
  gone: 'the receiver says that it is gone for good',
  failing: 'every delivery failed for a week',
} as const;

function deliveryLines({ id, eventType, status, position, nextAttemptAt, attempts }: DeliveryView): string[] {
  const mark = { delivered: colors.green, waiting: colors.yellow, dead: colors.red, skipped: colors.dim }[status];
  const parts = [mark(status.padEnd(9)), colors.bold(eventType)];
  if (position !== null) parts.push(`position ${position}`);
  if (nextAttemptAt !== null) parts.push(`again ${localTime(nextAttemptAt)}`);
  return [[...parts, colors.dim(id)].join('  '), ...attempts.map(attemptLine)];
}

function attemptLine({ at, status, error, answer, durationMs, isReplay }: DeliveryView['attempts'][number]): string {
  const outcome = error ?? [String(status), answer].filter((words) => words !== '').join(' ');
  return `    ${localTime(at)}  ${durationMs} ms  ${isReplay ? 'replay  ' : ''}${outcome}`;
}

/** A day begins at midnight, by this machine's clock. */
function asInstant(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00`).toISOString() : text;
}
