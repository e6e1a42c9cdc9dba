import { addTag, listTagCounts, removeTag } from '@synap/core';
import { EntityId, tagSchema } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { expectedVersionSchema, limitSchema } from './inputs.ts';

const tagInput = z.strictObject({ id: EntityId, name: tagSchema, expectedVersion: expectedVersionSchema });

export const tagsRouter = router({
  list: readProcedure
    .meta({ rest: { method: 'GET', path: '/tags' } })
    .input(z.strictObject({ limit: limitSchema.default(200) }))
    .query(async ({ ctx, input }) => ({ items: await listTagCounts(ctx.parts, ctx.userId, input), nextCursor: null })),

  add: writeProcedure
    .meta({ rest: { method: 'PUT', path: '/entities/:id/tags/:name' }, about: { idFields: ['id'] } })
    .input(tagInput)
    .mutation(async ({ ctx, input: { name: tag, ...input } }) => ({
      entity: await addTag(ctx.parts, ctx.command, { ...input, tag }),
    })),

  remove: writeProcedure
    .meta({ rest: { method: 'DELETE', path: '/entities/:id/tags/:name' }, about: { idFields: ['id'] } })
    .input(tagInput)
    .mutation(async ({ ctx, input: { name: tag, ...input } }) => ({
      entity: await removeTag(ctx.parts, ctx.command, { ...input, tag }),
    })),
});
