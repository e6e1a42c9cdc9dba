import { listEvents } from '@synap/core';
import { eventNames } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router } from '../trpc/procedures.ts';
import { instantSchema, limitSchema } from './inputs.ts';
import { createProcedure } from './kinds.ts';

const listInput = z.strictObject({
  /** The position after which to read: the last answer's `nextCursor`. */
  after: z
    .string()
    .regex(/^\d{1,18}$/, 'a position that this list has answered')
    .default('0'),
  aggregateId: z.uuid().optional(),
  type: z.enum(eventNames).optional(),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  limit: limitSchema,
});

/** Both the log's events and the kind of thing that is called event: a calendar's. */
export const eventsRouter = router({
  list: readProcedure
    .meta({ rest: { method: 'GET', path: '/events' } })
    .input(listInput)
    .query(async ({ ctx, input }) => {
      const { after, limit, type, aggregateId, from, to } = input;
      const filter = {
        ...(aggregateId === undefined ? {} : { aggregateId }),
        ...(type === undefined ? {} : { types: [type] }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      };
      const page = await listEvents(ctx.parts, ctx.userId, { after: BigInt(after), limit, filter });
      return { items: page.items, nextCursor: page.nextAfter };
    }),

  create: createProcedure('event'),
});
