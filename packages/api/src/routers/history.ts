import { listChanges, undo } from '@synap/core';
import { CorrelationId } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { flagSchema, limitSchema } from './inputs.ts';

export const historyRouter = router({
  /** What was done lately, the last first: each request, import and run as one. */
  list: readProcedure
    .meta({ rest: { method: 'GET', path: '/history' } })
    .input(z.strictObject({ limit: limitSchema }))
    .query(async ({ ctx, input }) => ({
      items: await listChanges(ctx.parts, ctx.userId, input),
      nextCursor: null,
    })),

  /** Undoes everything that one request, run or import did. */
  undo: writeProcedure
    .meta({ rest: { method: 'POST', path: '/undo' } })
    .input(
      z.strictObject({
        correlationId: CorrelationId,
        /** Also what somebody has changed since. */
        force: flagSchema,
      }),
    )
    .mutation(({ ctx, input }) => undo(ctx.parts, ctx.command, input)),
});
