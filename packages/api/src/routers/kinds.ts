import { addPage, createOfType, taskChange, updateTask } from '@synap/core';
import { EntityId, type EntityType } from '@synap/domain';
import * as z from 'zod';
import { router, writeProcedure } from '../trpc/procedures.ts';
import { createdAnswer, entityAnswer, exampleId } from '../views/things.ts';
import { answers } from '../views/view.ts';
import { expectedVersionSchema, newEntityFields, taskFields } from './inputs.ts';
import { searchProcedure } from './search.ts';

const { title, tags } = newEntityFields;

/*
 * One router for each kind of thing that a person keeps.
 */

const ARTICLES = { note: 'a', project: 'a', page: 'a', event: 'an', idea: 'an' } as const;
const EXAMPLES = {
  note: '# Sourdough\n\nFeed the starter the evening before.',
  project: '# Learn to bake',
  page: 'https://example.com/bread',
  event: '# Baking with Anna\n\n2026-12-05 at 10',
  idea: 'A shop for old bread',
} as const;

/** Creates a thing of this kind; a task has more to say, see below. */
export function createProcedure(type: Exclude<EntityType, 'task'>) {
  return writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: `/${type}s`,
        status: 201,
        summary: `Creates ${ARTICLES[type]} ${type}`,
        example: { content: EXAMPLES[type], tags: ['baking'] },
      },
      about: { kind: type },
    })
    .input(z.strictObject(newEntityFields))
    .output(answers(createdAnswer))
    .mutation(async ({ ctx, input }) => {
      const entity = await createOfType(ctx.parts, ctx.command, { ...input, type });
      return { entity, fileUrl: entity.fileUrl };
    });
}

export const notesRouter = router({ create: createProcedure('note'), search: searchProcedure });
export const projectsRouter = router({ create: createProcedure('project') });
export const pagesRouter = router({
  create: createProcedure('page'),

  /** Keeps a web page: its address at once, what is there as soon as it is fetched. */
  fromUrl: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/pages/from-url',
        status: 201,
        summary: 'Keeps a web page',
        description: 'Its address at once, what is there as soon as it is fetched.',
        example: { url: 'https://example.com/bread', tags: ['baking'] },
        problems: [404],
      },
    })
    .input(z.strictObject({ url: z.string().max(2000), title, tags, attachTo: EntityId.optional() }))
    .output(answers(createdAnswer))
    .mutation(async ({ ctx, input }) => {
      const entity = await addPage(ctx.parts, ctx.command, input);
      return { entity, fileUrl: entity.fileUrl };
    }),
});
export const ideasRouter = router({ create: createProcedure('idea') });

export const tasksRouter = router({
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
      const task = taskChange(fields, ctx.defaultTimezone);
      const entity = await createOfType(ctx.parts, ctx.command, { type: 'task', content, title, tags, task });
      return { entity, fileUrl: entity.fileUrl };
    }),

  update: writeProcedure
    .meta({
      rest: {
        method: 'PATCH',
        path: '/tasks/:id',
        summary: 'Changes a task',
        description: '`null` clears a date or a recurrence.',
        example: { id: exampleId, status: 'in_progress', dueDate: null, expectedVersion: 2 },
      },
      about: { idFields: ['id'] },
    })
    .input(z.strictObject({ id: EntityId, expectedVersion: expectedVersionSchema, ...taskFields }))
    .output(answers(entityAnswer))
    .mutation(async ({ ctx, input }) => {
      const { id, expectedVersion, ...fields } = input;
      const change = taskChange(fields, ctx.defaultTimezone);
      return { entity: await updateTask(ctx.parts, ctx.command, { id, expectedVersion, change }) };
    }),

  complete: writeProcedure
    .meta({
      rest: { method: 'POST', path: '/tasks/:id/complete', summary: 'Completes a task', example: { id: exampleId } },
      about: { idFields: ['id'] },
    })
    .input(z.strictObject({ id: EntityId, expectedVersion: expectedVersionSchema }))
    .output(answers(entityAnswer))
    .mutation(async ({ ctx, input }) => ({
      entity: await updateTask(ctx.parts, ctx.command, { ...input, change: { status: 'done' } }),
    })),
});
