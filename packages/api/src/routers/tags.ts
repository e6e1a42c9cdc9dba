import { addTag, deleteTag, listTagCounts, mergeTag, removeTag, updateTag } from '@synap/core';
import { colourSchema, EntityId, tagSchema } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { expectedVersionSchema, flagSchema, limitSchema } from './inputs.ts';

const tagInput = z.strictObject({ id: EntityId, name: tagSchema, expectedVersion: expectedVersionSchema });

const listInput = z.strictObject({
  /** Only this tag and those below it: `garden` finds `garden/beds`, too. */
  below: tagSchema.optional(),
  limit: limitSchema.default(200),
});

const updateInput = z
  .strictObject({ tag: tagSchema, name: tagSchema.optional(), colour: colourSchema.nullable().optional() })
  .refine(({ name, colour }) => name !== undefined || colour !== undefined, 'a name, a colour, or both');

export const tagsRouter = router({
  list: readProcedure
    .meta({ rest: { method: 'GET', path: '/tags' } })
    .input(listInput)
    .query(async ({ ctx, input }) => ({ items: await listTagCounts(ctx.parts, ctx.userId, input), nextCursor: null })),

  /** Gives it another name on all things, and those below it with it; a colour, or with `null` none; or both. */
  update: writeProcedure
    .meta({ rest: { method: 'PATCH', path: '/tags/:tag' } })
    .input(updateInput)
    .mutation(({ ctx, input }) => updateTag(ctx.parts, ctx.command, input)),

  merge: writeProcedure
    .meta({ rest: { method: 'POST', path: '/tags/:tag/merge' } })
    .input(z.strictObject({ tag: tagSchema, into: tagSchema }))
    .mutation(({ ctx, input }) => mergeTag(ctx.parts, ctx.command, input)),

  delete: writeProcedure
    .meta({ rest: { method: 'DELETE', path: '/tags/:tag' } })
    .input(z.strictObject({ tag: tagSchema, withBelow: flagSchema }))
    .mutation(({ ctx, input }) => deleteTag(ctx.parts, ctx.command, input)),

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
