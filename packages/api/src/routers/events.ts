import { createOfType, eventChange, listEvents, updateEvent } from '@synap/core';
import { EntityId } from '@synap/domain';
import { tracked } from '@trpc/server';
import * as z from 'zod';
import { feedFilter, feedInput, positionSchema } from '../feed/feed-input.ts';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { logPageView } from '../views/events.ts';
import { createdAnswer, entityAnswer, exampleId } from '../views/things.ts';
import { answers } from '../views/view.ts';
import { eventFields, expectedVersionSchema, instantSchema, limitSchema, newEntityFields } from './inputs.ts';

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
        description: 'Ask again with `after` as the `nextCursor` of the answer.',
        example: { after: '0', type: 'entity.created', limit: 100 },
      },
    })
    .input(listInput)
    .output(answers(logPageView))
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
    .meta({
      rest: {
        method: 'POST',
        path: '/events',
        status: 201,
        summary: 'Creates an event of the calendar',
        example: { content: '# Baking with Anna', startAt: '2026-12-05T10:00:00+01:00', place: 'the kitchen' },
      },
      about: { kind: 'event' },
    })
    .input(z.strictObject({ ...newEntityFields, ...eventFields }))
    .output(answers(createdAnswer))
    .mutation(async ({ ctx, input }) => {
      const { content, title, tags, ...fields } = input;
      const event = eventChange(fields, { present: null, defaultTimezone: ctx.defaultTimezone });
      const entity = await createOfType(ctx.parts, ctx.command, { type: 'event', content, title, tags, event });
      return { entity, fileUrl: entity.fileUrl };
    }),

  update: writeProcedure
    .meta({
      rest: {
        method: 'PATCH',
        path: '/events/:id',
        summary: 'Changes when and where an event of the calendar takes place',
        example: { id: exampleId, startAt: '2026-12-06', endAt: null, expectedVersion: 2 },
      },
      about: { idFields: ['id'] },
    })
    .input(z.strictObject({ id: EntityId, expectedVersion: expectedVersionSchema, ...eventFields }))
    .output(answers(entityAnswer))
    .mutation(async ({ ctx, input }) => {
      const { id, expectedVersion, ...fields } = input;
      const { defaultTimezone } = ctx;
      return { entity: await updateEvent(ctx.parts, ctx.command, { id, expectedVersion, fields, defaultTimezone }) };
    }),
});
