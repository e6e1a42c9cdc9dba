import { captureThought } from '@synap/core';
import { eventSourceSchema, timezoneSchema } from '@synap/domain';
import * as z from 'zod';
import { router, writeProcedure } from '../trpc/procedures.ts';
import { capturedView } from '../views/things.ts';
import { answers } from '../views/view.ts';
import { contentSchema, instantSchema } from './inputs.ts';

const captureInput = z.strictObject({
  content: contentSchema,
  source: eventSourceSchema.exclude(['system']).default('api').describe('Which way it came in.'),
  now: instantSchema.optional().describe("The person's present time; left out, the server's."),
  timezone: timezoneSchema.optional().describe("The person's IANA timezone."),
});

export const captureRouter = router({
  thought: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/capture',
        status: 201,
        summary: 'Takes in a raw thought',
        description: 'A note at once; enrichment turns it into what it is.',
        example: { content: 'Call Anna tomorrow at 9', timezone: 'Europe/Berlin' },
      },
      about: { kind: 'note' },
    })
    .input(captureInput)
    .output(answers(capturedView))
    .mutation(({ ctx, input }) => {
      const { content, source, now, timezone = ctx.defaultTimezone } = input;
      return captureThought(ctx.parts, { ...ctx.command, source }, { content, now, timezone });
    }),
});
