import { listUsage } from '@synap/core';
import * as z from 'zod';
import { readProcedure, router } from '../trpc/procedures.ts';
import { modelUsageView } from '../views/account.ts';
import { answers } from '../views/view.ts';
import { countSchema } from './inputs.ts';

const DAYS_MAX = 366;
const listInput = z.strictObject({ days: countSchema.min(1).max(DAYS_MAX).default(30) });

export const usageRouter = router({
  /** Tokens and cost at providers, by day and model. */
  list: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/usage',
        summary: 'Reads what was spent at providers, by day and model',
        example: { days: 30 },
      },
    })
    .input(listInput)
    .output(answers(modelUsageView))
    .query(({ ctx, input }) => listUsage(ctx.parts, ctx.userId, input)),
});
