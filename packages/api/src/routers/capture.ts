import { captureThought } from '@synap/core';
import { eventSourceSchema, timezoneSchema } from '@synap/domain';
import * as z from 'zod';
import { router, writeProcedure } from '../trpc/procedures.ts';
import { contentSchema, instantSchema } from './inputs.ts';

const captureInput = z.strictObject({
  content: contentSchema,
  /** Which way it came in; `system` is Synap's own. */
  source: eventSourceSchema.exclude(['system']).default('api'),
  now: instantSchema.optional(),
  timezone: timezoneSchema.optional(),
});

export const captureRouter = router({
  thought: writeProcedure
    .meta({ rest: { method: 'POST', path: '/capture', status: 201 }, about: { kind: 'note' } })
    .input(captureInput)
    .mutation(({ ctx, input }) => {
      const { content, source, now, timezone = ctx.defaultTimezone } = input;
      return captureThought(ctx.parts, { ...ctx.command, source }, { content, now, timezone });
    }),
});
