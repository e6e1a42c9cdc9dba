import { createOfType, DueList, listOccurrences, listTasks, taskChange, updateTask } from '@synap/core';
import { EntityId, timezoneSchema } from '@synap/domain';
import * as z from 'zod';
import { readableReferences } from '../request/readable-references.ts';
import type { RequestContext } from '../request/request-context.ts';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { occurrenceView, taskItemView } from '../views/tasks.ts';
import { createdAnswer, entityAnswer, exampleId } from '../views/things.ts';
import { answers, pageOf } from '../views/view.ts';
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
    .meta({
      rest: {
        method: 'GET',
        path: '/tasks',
        summary: 'Lists what is still to do, what is due first first',
        description: 'What is today is told where the person is.',
        example: { list: 'today', timezone: 'Europe/Berlin' },
      },
      about: { kind: 'task' },
    })
    .input(listInput)
    .output(answers(pageOf(taskItemView)))
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
    .meta({
      rest: {
        method: 'POST',
        path: '/tasks',
        status: 201,
        summary: 'Creates a task',
        example: { content: 'Feed the starter', dueDate: '2026-12-01', priority: 2 },
      },
      about: { kind: 'task' },
    })
    .input(z.strictObject({ ...newEntityFields, ...taskFields }))
    .output(answers(createdAnswer))
    .mutation(async ({ ctx, input }) => {
      const { content, title, tags, ...fields } = input;
      const task = taskChange(fields, personOf(ctx, fields));
      const entity = await createOfType(ctx.parts, ctx.command, { type: 'task', content, title, tags, task });
      return { entity, fileUrl: entity.fileUrl };
    }),

  update: writeProcedure
    .meta({
      rest: {
        method: 'PATCH',
        path: '/tasks/:id',
        summary: 'Changes a task',
        description: '`null` clears a date, a recurrence or a reminder.',
        example: { id: exampleId, status: 'in_progress', dueDate: null, expectedVersion: 2 },
      },
      about: { idFields: ['id'] },
    })
    .input(z.strictObject({ id: EntityId, expectedVersion: expectedVersionSchema, ...taskFields }))
    .output(answers(entityAnswer))
    .mutation(async ({ ctx, input }) => {
      const { id, expectedVersion, ...fields } = input;
      const person = personOf(ctx, fields);
      const change = taskChange(fields, person);
      return {
        entity: await updateTask(ctx.parts, ctx.command, { id, expectedVersion, change, timezone: person.timezone }),
      };
    }),

  complete: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/tasks/:id/complete',
        summary: 'Completes a task; one that recurs goes on to its next occurrence',
        example: { id: exampleId },
      },
      about: { idFields: ['id'] },
    })
    .input(
      z.strictObject({ id: EntityId, expectedVersion: expectedVersionSchema, timezone: timezoneSchema.optional() }),
    )
    .output(answers(entityAnswer))
    .mutation(async ({ ctx, input }) => {
      const { timezone } = personOf(ctx, input);
      return { entity: await updateTask(ctx.parts, ctx.command, { ...input, change: { status: 'done' }, timezone }) };
    }),

  /** The occurrences of a recurring task that are done, the last one first. */
  occurrences: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/tasks/:id/occurrences',
        summary: 'Lists the occurrences of a recurring task that are done, the last one first',
        example: { id: exampleId },
      },
      about: { idFields: ['id'] },
    })
    .input(z.strictObject({ id: EntityId }))
    .output(answers(pageOf(occurrenceView)))
    .query(async ({ ctx, input }) => ({
      items: await listOccurrences(ctx.parts, ctx.userId, input.id),
      nextCursor: null,
    })),
});
