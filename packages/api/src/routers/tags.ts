import { addTag, listTagCounts, removeTag } from '@synap/core';
import { EntityId, tagSchema } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { entityAnswer, exampleId, tagCountView } from '../views/things.ts';
import { answers, pageOf } from '../views/view.ts';
import { expectedVersionSchema, limitSchema } from './inputs.ts';

const tagInput = z.strictObject({ id: EntityId, name: tagSchema, expectedVersion: expectedVersionSchema });

export const tagsRouter = router({
  list: readProcedure
    .meta({
      rest: { method: 'GET', path: '/tags', summary: 'Lists the tags, the most used first', example: { limit: 200 } },
    })
    .input(z.strictObject({ limit: limitSchema.default(200) }))
    .output(answers(pageOf(tagCountView)))
    .query(async ({ ctx, input }) => ({ items: await listTagCounts(ctx.parts, ctx.userId, input), nextCursor: null })),

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
