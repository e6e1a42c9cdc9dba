import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listDeliveries,
  listWebhooks,
  pauseWebhook,
  replayWebhook,
  resumeWebhook,
  retryDelivery,
  rotateWebhookSecret,
  sendTest,
  updateWebhook,
} from '@synap/core';
import {
  areWithin,
  DeliveryId,
  DeliveryStatus,
  EVERY_EVENT,
  eventPatternSchema,
  Forbidden,
  type Scope,
  WebhookId,
} from '@synap/domain';
import * as z from 'zod';
import { positionSchema } from '../feed/feed-input.ts';
import { accountProcedure, router } from '../trpc/procedures.ts';
import { exampleId, otherExampleId } from '../views/things.ts';
import { answers, pageOf } from '../views/view.ts';
import { deliveryAnswer, deliveryView, webhookAnswer, webhookView, webhookWithSecretView } from '../views/webhooks.ts';
import { cursorSchema, instantSchema, limitSchema } from './inputs.ts';

const PATTERNS_MAX = 50;
const DESCRIPTION_MAX_LENGTH = 200;

const urlSchema = z.string().trim().min(1);
const patternsSchema = z.array(eventPatternSchema).min(1).max(PATTERNS_MAX);
const descriptionSchema = z.string().trim().max(DESCRIPTION_MAX_LENGTH);
const deletedWebhookAnswer = z.strictObject({ id: WebhookId });
const webhookInput = z.strictObject({ id: WebhookId });
const deliveryInput = z.strictObject({ id: WebhookId, deliveryId: DeliveryId });

const replayInput = webhookInput
  .extend({
    /** The position after which to begin. */
    after: positionSchema.optional(),
    since: instantSchema.optional(),
  })
  .refine(({ after, since }) => (after === undefined) !== (since === undefined), {
    path: ['after'],
    message: 'a position, or `since` with an instant: one of the two',
  });

/** The addresses that are told of the user's events. Whoever has them told must be one who may read them. */
export const webhooksRouter = router({
  list: accountProcedure
    .meta({ rest: { method: 'GET', path: '/webhooks', summary: 'Lists the webhooks' } })
    .input(z.strictObject({}))
    .output(answers(pageOf(webhookView)))
    .query(async ({ ctx }) => ({ items: await listWebhooks(ctx.parts, ctx.userId), nextCursor: null })),

  get: accountProcedure
    .meta({ rest: { method: 'GET', path: '/webhooks/:id', summary: 'Reads a webhook', example: { id: exampleId } } })
    .input(webhookInput)
    .output(answers(webhookAnswer))
    .query(async ({ ctx, input }) => ({ webhook: await getWebhook(ctx.parts, keyOf(ctx, input)) })),

  /** The answer has the secret: it is shown here, and when it is rotated. */
  create: accountProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/webhooks',
        status: 201,
        summary: 'Has an address told of events',
        description:
          'The answer has the secret that messages are signed with. It is shown here, and when it is rotated.',
        example: { url: 'https://example.com/synap', eventTypes: ['task.*'] },
      },
    })
    .input(
      z.strictObject({
        url: urlSchema,
        eventTypes: patternsSchema.default([EVERY_EVENT]),
        description: descriptionSchema.default(''),
      }),
    )
    .output(answers(webhookWithSecretView))
    .mutation(({ ctx, input }) => {
      refuseUnlessReader(ctx.session.scopes);
      return createWebhook(ctx.parts, ctx.command, input);
    }),

  update: accountProcedure
    .meta({
      rest: {
        method: 'PATCH',
        path: '/webhooks/:id',
        summary: 'Changes a webhook',
        example: { id: exampleId, eventTypes: ['entity.*'] },
      },
    })
    .input(
      webhookInput.extend({
        url: urlSchema.optional(),
        eventTypes: patternsSchema.optional(),
        description: descriptionSchema.optional(),
      }),
    )
    .output(answers(webhookAnswer))
    .mutation(async ({ ctx, input }) => {
      refuseUnlessReader(ctx.session.scopes);
      return { webhook: await updateWebhook(ctx.parts, ctx.command, input) };
    }),

  delete: accountProcedure
    .meta({
      rest: {
        method: 'DELETE',
        path: '/webhooks/:id',
        summary: 'Removes a webhook and its log',
        example: { id: exampleId },
      },
    })
    .input(webhookInput)
    .output(answers(deletedWebhookAnswer))
    .mutation(({ ctx, input }) => deleteWebhook(ctx.parts, ctx.command, input)),

  pause: accountProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/webhooks/:id/pause',
        summary: 'Sends nothing until it is resumed',
        example: { id: exampleId },
      },
    })
    .input(webhookInput)
    .output(answers(webhookAnswer))
    .mutation(async ({ ctx, input }) => ({ webhook: await pauseWebhook(ctx.parts, ctx.command, input) })),

  /** What has happened in the meantime is delivered, unless it is to be skipped. */
  resume: accountProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/webhooks/:id/resume',
        summary: 'Goes on',
        description: 'What has happened in the meantime is delivered, unless it is to be skipped.',
        example: { id: exampleId, missed: 'deliver' },
      },
    })
    .input(webhookInput.extend({ missed: z.enum(['deliver', 'skip']).default('deliver') }))
    .output(answers(webhookAnswer))
    .mutation(async ({ ctx, input }) => ({ webhook: await resumeWebhook(ctx.parts, ctx.command, input) })),

  rotateSecret: accountProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/webhooks/:id/rotate-secret',
        summary: 'Gives it a new secret',
        description: 'Messages are signed with the one from before, too, for a day.',
        example: { id: exampleId },
      },
    })
    .input(webhookInput)
    .output(answers(webhookWithSecretView))
    .mutation(({ ctx, input }) => rotateWebhookSecret(ctx.parts, ctx.command, input)),

  /** Sends the events after a position, or since an instant, once more. */
  replay: accountProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/webhooks/:id/replay',
        summary: 'Sends events once more',
        description: 'Those after a position, or since an instant.',
        example: { id: exampleId, after: '0' },
      },
    })
    .input(replayInput)
    .output(answers(webhookAnswer))
    .mutation(async ({ ctx, input: { id, after, since } }) => {
      const from = since === undefined ? { after: after ?? 0n } : { since };
      return { webhook: await replayWebhook(ctx.parts, ctx.command, { id, ...from }) };
    }),

  /** Sends one message that is about nothing, and answers with what came of it. */
  sendTest: accountProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/webhooks/:id/test',
        summary: 'Sends a test message',
        description: 'It is about nothing; the answer says what came of it.',
        example: { id: exampleId },
      },
    })
    .input(webhookInput)
    .output(answers(deliveryAnswer))
    .mutation(async ({ ctx, input }) => ({ delivery: await sendTest(ctx.parts, ctx.command, input) })),

  deliveries: accountProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/webhooks/:id/deliveries',
        summary: 'Lists deliveries, the last first',
        example: { id: exampleId, status: 'dead' },
      },
    })
    .input(webhookInput.extend({ status: z.enum(DeliveryStatus).optional(), limit: limitSchema, cursor: cursorSchema }))
    .output(answers(pageOf(deliveryView)))
    .query(({ ctx, input }) => listDeliveries(ctx.parts, keyOf(ctx, input), input)),

  /** Has one delivery tried again, from the beginning. */
  retryDelivery: accountProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/webhooks/:id/deliveries/:deliveryId/retry',
        summary: 'Tries a delivery again',
        example: { id: exampleId, deliveryId: otherExampleId },
      },
    })
    .input(deliveryInput)
    .output(answers(deliveryAnswer))
    .mutation(async ({ ctx, input }) => ({ delivery: await retryDelivery(ctx.parts, ctx.command, input) })),
});

function keyOf({ userId }: { userId: Parameters<typeof listWebhooks>[1] }, { id }: { id: WebhookId }) {
  return { userId, webhookId: id };
}

/** Whoever looks after an account need not be let into what it keeps. */
function refuseUnlessReader(scopes: readonly Scope[]): void {
  if (!areWithin(['read'], scopes)) throw new Forbidden('Only who may read everything may have it sent somewhere.');
}
