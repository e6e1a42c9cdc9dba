import { listChanged, readActivity } from '@synap/core';
import { timezoneSchema } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router } from '../trpc/procedures.ts';
import { limitSchema } from './inputs.ts';

const days = {
  /** The first and the last day, where the person is. */
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  timezone: timezoneSchema.optional(),
};

export const activityRouter = router({
  /** How much was done in each hour or on each day, by the type of event, and for how many days in a row. */
  read: readProcedure
    .meta({ rest: { method: 'GET', path: '/activity' } })
    .input(z.strictObject({ per: z.enum(['hour', 'day']).default('day'), ...days }))
    .query(({ ctx, input }) =>
      readActivity(ctx.parts, ctx.userId, { ...input, timezone: input.timezone ?? ctx.defaultTimezone }),
    ),

  /** What was changed this week, or in other days. */
  changed: readProcedure
    .meta({ rest: { method: 'GET', path: '/activity/changed' } })
    .input(z.strictObject({ ...days, limit: limitSchema }))
    .query(({ ctx, input }) =>
      listChanged(ctx.parts, ctx.userId, { ...input, timezone: input.timezone ?? ctx.defaultTimezone }),
    ),
});
