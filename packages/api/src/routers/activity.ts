import { listChanged, readActivity } from '@synap/core';
import { timezoneSchema } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router } from '../trpc/procedures.ts';
import { activityView, changedThingsView } from '../views/activity.ts';
import { answers } from '../views/view.ts';
import { limitSchema } from './inputs.ts';

const days = {
  from: z.iso.date().optional().describe('The first day, where the person is.'),
  to: z.iso.date().optional().describe('The last day.'),
  timezone: timezoneSchema.optional(),
};

export const activityRouter = router({
  /** How much was done in each hour or on each day, by the type of event, and for how many days in a row. */
  read: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/activity',
        summary: 'Counts what was done by hour or day, and the days in a row',
        example: { per: 'day', from: '2026-11-01', to: '2026-11-30' },
      },
    })
    .input(z.strictObject({ per: z.enum(['hour', 'day']).default('day'), ...days }))
    .output(answers(activityView))
    .query(({ ctx, input }) =>
      readActivity(ctx.parts, ctx.userId, { ...input, timezone: input.timezone ?? ctx.defaultTimezone }),
    ),

  /** What was changed this week, or in other days. */
  changed: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/activity/changed',
        summary: 'Lists what was changed this week, or in other days',
        example: { limit: 50 },
      },
    })
    .input(z.strictObject({ ...days, limit: limitSchema }))
    .output(answers(changedThingsView))
    .query(({ ctx, input }) =>
      listChanged(ctx.parts, ctx.userId, { ...input, timezone: input.timezone ?? ctx.defaultTimezone }),
    ),
});
