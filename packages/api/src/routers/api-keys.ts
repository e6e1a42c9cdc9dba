import { createApiKey, listApiKeys, revokeApiKey } from '@synap/core';
import { scopeSchema, titleSchema } from '@synap/domain';
import * as z from 'zod';
import { accountProcedure, router } from '../trpc/procedures.ts';
import { instantSchema } from './inputs.ts';

const SCOPES_MAX = 20;

/** The keys with which programs sign in as the user. */
export const apiKeysRouter = router({
  list: accountProcedure
    .meta({ rest: { method: 'GET', path: '/api-keys' } })
    .input(z.strictObject({}))
    .query(async ({ ctx }) => ({ items: await listApiKeys(ctx.parts, ctx.userId), nextCursor: null })),

  /** The answer has the key itself: it is shown this once. */
  create: accountProcedure
    .meta({ rest: { method: 'POST', path: '/api-keys', status: 201 } })
    .input(
      z.strictObject({
        name: titleSchema,
        scopes: z.array(scopeSchema).min(1).max(SCOPES_MAX),
        expiresAt: instantSchema.optional(),
      }),
    )
    .mutation(({ ctx, input }) => createApiKey(ctx.parts, ctx.command, input, ctx.session.scopes)),

  /** Ends a key at once. */
  revoke: accountProcedure
    .meta({ rest: { method: 'DELETE', path: '/api-keys/:id' } })
    .input(z.strictObject({ id: z.uuid() }))
    .mutation(async ({ ctx, input }) => {
      await revokeApiKey(ctx.parts, ctx.command, input);
      return { id: input.id };
    }),
});
