import { undo } from '@synap/core';
import { CorrelationId } from '@synap/domain';
import * as z from 'zod';
import { router, writeProcedure } from '../trpc/procedures.ts';
import { flagSchema } from './inputs.ts';

export const historyRouter = router({
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
