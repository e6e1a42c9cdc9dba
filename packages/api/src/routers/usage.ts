import { listUsage } from '@synap/core';
import * as z from 'zod';
import { readProcedure, router } from '../trpc/procedures.ts';

const DAYS_MAX = 366;
const listInput = z.strictObject({ days: z.coerce.number().pipe(z.int().min(1).max(DAYS_MAX)).default(30) });

export const usageRouter = router({
  /** Tokens and cost at providers, by day and model. */
  list: readProcedure
    .meta({ rest: { method: 'GET', path: '/usage' } })
    .input(listInput)
    .query(({ ctx, input }) => listUsage(ctx.parts, ctx.userId, input)),
});
