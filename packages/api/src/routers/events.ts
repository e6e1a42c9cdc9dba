import { createOfType, eventChange, listEvents, updateEvent } from '@synap/core';
import { EntityId } from '@synap/domain';
import { tracked } from '@trpc/server';
import * as z from 'zod';
import { feedFilter, feedInput, positionSchema } from '../feed/feed-input.ts';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { eventFields, expectedVersionSchema, instantSchema, limitSchema, newEntityFields } from './inputs.ts';

const listInput = feedInput.extend({
  /** The position after which to read: the last answer's `nextCursor`. */
  after: positionSchema.default(0n),
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

  create: writeProcedure
    .meta({ rest: { method: 'POST', path: '/events', status: 201 }, about: { kind: 'event' } })
    .input(z.strictObject({ ...newEntityFields, ...eventFields }))
    .mutation(async ({ ctx, input }) => {
      const { content, title, tags, ...fields } = input;
      const event = eventChange(fields, { present: null, defaultTimezone: ctx.defaultTimezone });
      const entity = await createOfType(ctx.parts, ctx.command, { type: 'event', content, title, tags, event });
      return { entity, fileUrl: entity.fileUrl };
    }),

  update: writeProcedure
    .meta({ rest: { method: 'PATCH', path: '/events/:id' }, about: { idFields: ['id'] } })
    .input(z.strictObject({ id: EntityId, expectedVersion: expectedVersionSchema, ...eventFields }))
    .mutation(async ({ ctx, input }) => {
      const { id, expectedVersion, ...fields } = input;
      const { defaultTimezone } = ctx;
      return { entity: await updateEvent(ctx.parts, ctx.command, { id, expectedVersion, fields, defaultTimezone }) };
    }),
});
