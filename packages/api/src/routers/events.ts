import { listEvents } from '@synap/core';
import { tracked } from '@trpc/server';
import { feedFilter, feedInput, positionSchema } from '../feed/feed-input.ts';
import { readProcedure, router } from '../trpc/procedures.ts';
import { eventView } from '../views/events.ts';
import { answers, pageOf } from '../views/view.ts';
import { instantSchema, limitSchema } from './inputs.ts';
import { createProcedure } from './kinds.ts';

const listInput = feedInput.extend({
  after: positionSchema.prefault('0').describe("The position after which to read: the last answer's `nextCursor`."),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
  limit: limitSchema,
});

/** Both the log's events and the kind of thing that is called event: a calendar's. */
export const eventsRouter = router({
  list: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/events',
        summary: 'Reads the log',
        description: 'Ask again with `after` as the `nextCursor` of the answer, which is never `null`: more may come.',
        example: { after: '0', type: 'entity.created', limit: 100 },
      },
    })
    .input(listInput)
    .output(answers(pageOf(eventView)))
    .query(async ({ ctx, input }) => {
      const { after, limit, from, to } = input;
      const filter = {
        ...feedFilter(input),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      };
      const page = await listEvents(ctx.parts, ctx.userId, { after, limit, filter });
      return { items: page.items, nextCursor: page.nextAfter };
    }),

  /** The caller's events as they come; each is tracked by its position, behind which a client that comes back goes on. */
  subscribe: readProcedure
    .input(feedInput.extend({ lastEventId: positionSchema.optional() }).default({}))
    .subscription(async function* ({ ctx, input, signal }) {
      const after = input.lastEventId ?? input.after ?? null;
      const until = signal ?? new AbortController().signal;
      for await (const { events } of ctx.feed.follow(ctx.userId, { after, filter: feedFilter(input), signal: until })) {
        for (const event of events) yield tracked(event.position, event);
      }
    }),

  create: createProcedure('event'),
});
