/**
 * Messages by the specification of Standard Webhooks (https://www.standardwebhooks.com): what is sent, and how it is
 * signed. A message's id is made of its webhook and its event, so that however often it is sent, and replayed, the
 * receiver can know it again.
 */
import { createHash } from 'node:crypto';
import type { EventId, StoredEvent, WebhookId } from '@synap/domain';
import { Webhook } from 'standardwebhooks';
import { viewEvent } from '../queries/read-history.ts';

/** The type of the message that only says that messages arrive. */
const TEST_TYPE = 'webhook.test';

const ID_LENGTH = 27;

/** What is sent, before it is signed. */
export interface Message {
  readonly id: string;
  readonly type: string;
  /** JSON: `{type, timestamp, data}`. */
  readonly body: string;
}

/** An event as it is sent to a webhook: with the same data as in the list of events. */
export function messageOf(webhookId: WebhookId, event: StoredEvent): Message {
  const timestamp = event.timestamp.toISOString();
  const body = JSON.stringify({ type: event.type, timestamp, data: viewEvent(event) });
  return { id: messageIdOf(webhookId, event.id), type: event.type, body };
}

/** A message about nothing that happened. */
export function testMessage(webhookId: WebhookId, { id, now }: { id: string; now: Date }): Message {
  const body = JSON.stringify({ type: TEST_TYPE, timestamp: now.toISOString(), data: { webhookId } });
  return { id: `msg_${id}`, type: TEST_TYPE, body };
}

/** @param eventId or whatever else the message is about. */
export function messageIdOf(webhookId: WebhookId, eventId: EventId): string {
  const hash = createHash('sha256').update(`${webhookId} ${eventId}`).digest('base64url');
  return `msg_${hash.slice(0, ID_LENGTH)}`;
}

/** The headers of one attempt; signed with each of the secrets, of which a receiver needs one. */
export function signedHeaders(
  { id, body }: Message,
  { secrets, now }: { secrets: readonly string[]; now: Date },
): Record<string, string> {
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
  };
}
