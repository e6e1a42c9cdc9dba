import type { DeliveryView, WebhookView, WebhookWithSecret } from '@synap/core';
import { DeliveryStatus, PauseReason } from '@synap/domain';
import * as z from 'zod';
import { instantView } from './things.ts';
import { viewOf } from './view.ts';

export const webhookView = viewOf<WebhookView>()(
  'Webhook',
  z.strictObject({
    id: z.string(),
    url: z.string(),
    description: z.string(),
    eventTypes: z.array(z.string()).describe('A type of event, the beginning of some (`task.*`), or all (`*`).'),
    status: z.enum(['active', 'paused']),
    pausedReason: z
      .enum(PauseReason)
      .nullable()
      .describe('A `person` wanted it, the receiver is `gone` (410), or every delivery was `failing` for a week.'),
    pausedAt: instantView.nullable(),
    position: z.string().describe('It has been told of everything up to here, as far as it went well.'),
    replay: z.strictObject({ after: z.string(), upTo: z.string() }).nullable().describe('What is being sent again.'),
    waiting: z.int().min(0).describe('Deliveries that failed and are tried again.'),
    failingSince: instantView.nullable().describe('Since when every attempt has failed.'),
    heldUntil: instantView.nullable().describe('Nothing is sent before this: the receiver fails, or asked for it.'),
    lastDeliveredAt: instantView.nullable(),
    earlierSecretUntil: instantView
      .nullable()
      .describe('Until when messages are signed with the secret from before, too.'),
    createdAt: instantView,
    updatedAt: instantView,
  }),
);

export const webhookAnswer = z.strictObject({ webhook: webhookView });

export const webhookWithSecretView = viewOf<WebhookWithSecret>()(
  'WebhookWithSecret',
  z.strictObject({
    webhook: webhookView,
    secret: z.string().describe('What its messages are signed with: `whsec_…`. It is shown this once.'),
  }),
);

export const deliveryView = viewOf<DeliveryView>()(
  'Delivery',
  z.strictObject({
    id: z.string(),
    webhookId: z.string(),
    messageId: z.string().describe('What the receiver finds in `webhook-id`.'),
    eventId: z.string().nullable(),
    position: z.string().nullable(),
    eventType: z.string(),
    status: z.enum(DeliveryStatus),
    nextAttemptAt: instantView.nullable(),
    attempts: z
      .array(
        z.strictObject({
          at: instantView,
          durationMs: z.number().min(0),
          status: z.int().nullable().describe('Of the answer; `null` where there was none.'),
          answer: z.string().describe('The beginning of the answer.'),
          error: z.string().nullable().describe('Why there was no answer.'),
          isReplay: z.boolean().describe('Somebody asked for it again.'),
        }),
      )
      .describe('The last twenty, the oldest first.'),
    createdAt: instantView,
    updatedAt: instantView,
  }),
);

export const deliveryAnswer = z.strictObject({ delivery: deliveryView });
