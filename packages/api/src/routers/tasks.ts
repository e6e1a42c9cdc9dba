import { createOfType, DueList, listOccurrences, listTasks, taskChange, updateTask } from '@synap/core';
import { EntityId, timezoneSchema } from '@synap/domain';
import * as z from 'zod';
import { readableReferences } from '../request/readable-references.ts';
import type { RequestContext } from '../request/request-context.ts';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import {
  cursorSchema,
  expectedVersionSchema,
  filterFields,
  limitSchema,
  newEntityFields,
  taskFields,
} from './inputs.ts';

/** Where and when the person is who asks. */
function personOf({ parts, defaultTimezone }: RequestContext, { timezone }: { timezone?: string | undefined }) {
  return { timezone: timezone ?? defaultTimezone, now: parts.clock.now() };
}

const listInput = z.strictObject({
  list: z.enum(DueList).default(DueList.open),
  timezone: timezoneSchema.optional(),
  tag: filterFields.tag,
  limit: limitSchema,
  cursor: cursorSchema,
});

export const tasksRouter = router({
  /** What is still to do, by when it is due where the person is. */
  list: readProcedure
    .meta({ rest: { method: 'GET', path: '/tasks' }, about: { kind: 'task' } })
    .input(listInput)
    .query(async ({ ctx, input }) => {
      const { timezone } = personOf(ctx, input);
      const { items, nextCursor } = await listTasks(ctx.parts, ctx.userId, { ...input, timezone });
      const readable = items.map(({ blockedBy, blocks, ...item }) => ({
        ...item,
        blockedBy: readableReferences(blockedBy, ctx.session),
        blocks: readableReferences(blocks, ctx.session),
      }));
      return { items: readable, nextCursor };
    }),

  create: writeProcedure
    .meta({ rest: { method: 'POST', path: '/tasks', status: 201 }, about: { kind: 'task' } })
    .input(z.strictObject({ ...newEntityFields, ...taskFields }))
    .mutation(async ({ ctx, input }) => {
      const { content, title, tags, ...fields } = input;
      const task = taskChange(fields, personOf(ctx, fields));
      const entity = await createOfType(ctx.parts, ctx.command, { type: 'task', content, title, tags, task });
      return { entity, fileUrl: entity.fileUrl };
    }),

  update: writeProcedure
    .meta({ rest: { method: 'PATCH', path: '/tasks/:id' }, about: { idFields: ['id'] } })
    .input(z.strictObject({ id: EntityId, expectedVersion: expectedVersionSchema, ...taskFields }))
    .mutation(async ({ ctx, input }) => {
      const { id, expectedVersion, ...fields } = input;
      const person = personOf(ctx, fields);
      const change = taskChange(fields, person);
      return {
        entity: await updateTask(ctx.parts, ctx.command, { id, expectedVersion, change, timezone: person.timezone }),
      };
    }),

  complete: writeProcedure
    .meta({ rest: { method: 'POST', path: '/tasks/:id/complete' }, about: { idFields: ['id'] } })
    .input(
      z.strictObject({ id: EntityId, expectedVersion: expectedVersionSchema, timezone: timezoneSchema.optional() }),
    )
    .mutation(async ({ ctx, input }) => {
      const { timezone } = personOf(ctx, input);
      return { entity: await updateTask(ctx.parts, ctx.command, { ...input, change: { status: 'done' }, timezone }) };
    }),

  /** The occurrences of a recurring task that are done, the last one first. */
  occurrences: readProcedure
    .meta({ rest: { method: 'GET', path: '/tasks/:id/occurrences' }, about: { idFields: ['id'] } })
    .input(z.strictObject({ id: EntityId }))
    .query(async ({ ctx, input }) => ({
      items: await listOccurrences(ctx.parts, ctx.userId, input.id),
      nextCursor: null,
    })),
});
