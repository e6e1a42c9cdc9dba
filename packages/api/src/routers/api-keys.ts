import { createApiKey, listApiKeys, revokeApiKey } from '@synap/core';
import { scopeSchema, titleSchema } from '@synap/domain';
import * as z from 'zod';
import { accountProcedure, router } from '../trpc/procedures.ts';
import { apiKeyView, createdApiKeyView } from '../views/account.ts';
import { exampleId } from '../views/things.ts';
import { answers, pageOf } from '../views/view.ts';
import { instantSchema } from './inputs.ts';

const SCOPES_MAX = 20;

/** The keys with which programs sign in as the user. */
export const apiKeysRouter = router({
  list: accountProcedure
    .meta({ rest: { method: 'GET', path: '/api-keys', summary: 'Lists the API keys' } })
    .input(z.strictObject({}))
    .output(answers(pageOf(apiKeyView)))
    .query(async ({ ctx }) => ({ items: await listApiKeys(ctx.parts, ctx.userId), nextCursor: null })),

  /** The answer has the key itself: it is shown this once. */
  create: accountProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/api-keys',
        status: 201,
        summary: 'Makes an API key',
        description:
          'The answer has the key itself: it is shown this once. No key may do more than the one that makes it.',
        example: { name: 'the phone', scopes: ['read', 'write'] },
      },
    })
    .input(
      z.strictObject({
        name: titleSchema,
        scopes: z.array(scopeSchema).min(1).max(SCOPES_MAX),
        expiresAt: instantSchema.optional(),
      }),
    )
    .output(answers(createdApiKeyView))
    .mutation(({ ctx, input }) => createApiKey(ctx.parts, ctx.command, input, ctx.session.scopes)),

  /** Ends a key at once. */
  revoke: accountProcedure
    .meta({
      rest: { method: 'DELETE', path: '/api-keys/:id', summary: 'Ends an API key at once', example: { id: exampleId } },
    })
    .input(z.strictObject({ id: z.uuid() }))
    .output(answers(z.strictObject({ id: z.string() })))
    .mutation(async ({ ctx, input }) => {
      await revokeApiKey(ctx.parts, ctx.command, input);
      return { id: input.id };
    }),
});
