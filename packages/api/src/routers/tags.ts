import { addTag, deleteTag, listTagCounts, mergeTag, removeTag, updateTag } from '@synap/core';
import { colourSchema, EntityId, tagSchema } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { changedTagView, tagView } from '../views/links.ts';
import { entityAnswer, exampleId } from '../views/things.ts';
import { answers, pageOf } from '../views/view.ts';
import { expectedVersionSchema, flagSchema, limitSchema } from './inputs.ts';

const tagInput = z.strictObject({ id: EntityId, name: tagSchema, expectedVersion: expectedVersionSchema });

const listInput = z.strictObject({
  below: tagSchema.optional().describe('Only this tag and those below it: `garden` finds `garden/beds`, too.'),
  limit: limitSchema.default(200),
});

const updateInput = z
  .strictObject({ tag: tagSchema, name: tagSchema.optional(), colour: colourSchema.nullable().optional() })
  .refine(({ name, colour }) => name !== undefined || colour !== undefined, 'a name, a colour, or both');

export const tagsRouter = router({
  list: readProcedure
    .meta({
      rest: { method: 'GET', path: '/tags', summary: 'Lists the tags, the most used first', example: { limit: 200 } },
    })
    .input(listInput)
    .output(answers(pageOf(tagView)))
    .query(async ({ ctx, input }) => ({ items: await listTagCounts(ctx.parts, ctx.userId, input), nextCursor: null })),

  /** Gives it another name on all things, and those below it with it; a colour, or with `null` none; or both. */
  update: writeProcedure
    .meta({
      rest: {
        method: 'PATCH',
        path: '/tags/:tag',
        summary: 'Gives a tag another name on all things, or a colour',
        description: 'Those below it (`garden/beds` of `garden`) go with it. `null` takes the colour away.',
        example: { tag: 'baking', name: 'bread', colour: '#c0ffee' },
      },
    })
    .input(updateInput)
    .output(answers(changedTagView))
    .mutation(({ ctx, input }) => updateTag(ctx.parts, ctx.command, input)),

  merge: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/tags/:tag/merge',
        summary: 'Makes two tags one',
        example: { tag: 'baking', into: 'bread' },
      },
    })
    .input(z.strictObject({ tag: tagSchema, into: tagSchema }))
    .output(answers(changedTagView))
    .mutation(({ ctx, input }) => mergeTag(ctx.parts, ctx.command, input)),

  delete: writeProcedure
    .meta({
      rest: {
        method: 'DELETE',
        path: '/tags/:tag',
        summary: 'Takes a tag off all things',
        description: 'What stands in texts stays; `withBelow` takes those below it, too.',
        example: { tag: 'baking' },
      },
    })
    .input(z.strictObject({ tag: tagSchema, withBelow: flagSchema }))
    .output(answers(changedTagView))
    .mutation(({ ctx, input }) => deleteTag(ctx.parts, ctx.command, input)),

  add: writeProcedure
    .meta({
      rest: {
        method: 'PUT',
        path: '/entities/:id/tags/:name',
        summary: 'Tags a thing',
        example: { id: exampleId, name: 'baking' },
      },
      about: { idFields: ['id'] },
    })
    .input(tagInput)
    .output(answers(entityAnswer))
    .mutation(async ({ ctx, input: { name: tag, ...input } }) => ({
      entity: await addTag(ctx.parts, ctx.command, { ...input, tag }),
    })),

  remove: writeProcedure
    .meta({
      rest: {
        method: 'DELETE',
        path: '/entities/:id/tags/:name',
        summary: 'Takes a tag off a thing',
        example: { id: exampleId, name: 'baking' },
      },
      about: { idFields: ['id'] },
    })
    .input(tagInput)
    .output(answers(entityAnswer))
    .mutation(async ({ ctx, input: { name: tag, ...input } }) => ({
      entity: await removeTag(ctx.parts, ctx.command, { ...input, tag }),
    })),
});
