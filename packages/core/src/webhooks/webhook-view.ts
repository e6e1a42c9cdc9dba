import type { Delivery, Webhook } from '@synap/database';

/** A webhook as its owner sees it: all but its secret. */
export interface WebhookView {
  id: string;
  url: string;
  description: string;
  /** Patterns: a type of event, the beginning of some (`task.*`), or all (`*`). */
  eventTypes: string[];
  status: Webhook['status'];
  /** Why it is paused: a person wanted it, the receiver is `gone` (410), or every delivery was `failing` for a week. */
  pausedReason: Webhook['pausedReason'];
  pausedAt: string | null;
  /** It has been told of everything up to this position of the log, as far as it went well. */
  position: string;
  /** What is being sent again: what comes after the one position, up to the other. */
  replay: { after: string; upTo: string } | null;
  /** How many deliveries failed and wait to be tried again. */
  waiting: number;
  /** Since when every attempt has failed. */
  failingSince: string | null;
  /** The receiver fails again and again, or asked to be left alone: nothing is sent before this. */
  heldUntil: string | null;
  lastDeliveredAt: string | null;
  /** Until when messages are signed with the secret from before, too. */
  earlierSecretUntil: string | null;
  createdAt: string;
  updatedAt: string;
}

/** A webhook with its secret, which is shown when it is made. */
export interface WebhookWithSecret {
  webhook: WebhookView;
  /** What its messages are signed with: `whsec_…`. */
  secret: string;
}

/** One message to a webhook, and how it fared. */
export interface DeliveryView {
  id: string;
  webhookId: string;
  /** What the receiver finds in `webhook-id`. */
  messageId: string;
  eventId: string | null;
  position: string | null;
  eventType: string;
  status: Delivery['status'];
  nextAttemptAt: string | null;
  /** The last twenty, the oldest first. */
  attempts: DeliveryAttemptView[];
  createdAt: string;
  updatedAt: string;
}

export interface DeliveryAttemptView {
  at: string;
  durationMs: number;
  /** Of the answer; `null` where there was none. */
  status: number | null;
  /** The beginning of the answer. */
  answer: string;
  /** Why there was no answer. */
  error: string | null;
  /** Somebody asked for it again. */
  isReplay: boolean;
}

export function viewWebhook(webhook: Webhook, { waiting }: { waiting: number }): WebhookView {
  const { id, url, description, eventTypes, status, pausedReason, replayPosition, replayUpTo } = webhook;
  const isReplaying = replayPosition !== null && replayUpTo !== null;
  return {
    id,
    url,
    description,
    eventTypes,
    status,
    pausedReason,
    pausedAt: isoOrNull(webhook.pausedAt),
    position: String(webhook.position),
    replay: isReplaying ? { after: String(replayPosition), upTo: String(replayUpTo) } : null,
    waiting,
    failingSince: isoOrNull(webhook.failingSince),
    heldUntil: isoOrNull(webhook.heldUntil),
    lastDeliveredAt: isoOrNull(webhook.lastDeliveredAt),
    earlierSecretUntil: webhook.secrets[1]?.expiresAt ?? null,
    createdAt: webhook.createdAt.toISOString(),
    updatedAt: webhook.updatedAt.toISOString(),
  };
}

export function viewDelivery(delivery: Delivery): DeliveryView {
  const { id, webhookId, messageId, event, eventType, status, attempts } = delivery;
  return {
    id,
    webhookId,
    messageId,
    eventId: event?.id ?? null,
    position: event === null ? null : String(event.position),
    eventType,
    status,
    nextAttemptAt: isoOrNull(delivery.nextAttemptAt),
    attempts: attempts.map((attempt) => ({ ...attempt })),
    createdAt: delivery.createdAt.toISOString(),
    updatedAt: delivery.updatedAt.toISOString(),
  };
}

function isoOrNull(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}
