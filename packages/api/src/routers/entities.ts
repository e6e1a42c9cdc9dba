import {
  decodeText,
  deleteEntity,
  getEntity,
  listEntities,
  readContent,
  readHistory,
  restoreEntity,
  updateContent,
  updateEntity,
} from '@synap/core';
import { EntityId, entityTypeSchema, taskStatusSchema, titleSchema } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { contentSchema, cursorSchema, expectedVersionSchema, filterFields, flagSchema, limitSchema } from './inputs.ts';

const entityInput = z.strictObject({ id: EntityId });
const changeInput = z.strictObject({ id: EntityId, expectedVersion: expectedVersionSchema });

const listInput = z.strictObject({
  ...filterFields,
  status: taskStatusSchema.optional(),
  /** Part of the title. */
  q: z.string().trim().min(1).max(200).optional(),
  /** What is in the trash, instead. */
  deleted: flagSchema,
  sort: z.enum(['updated', 'created']).default('updated'),
  limit: limitSchema,
  cursor: cursorSchema,
});

export const entitiesRouter = router({
  list: readProcedure
    .meta({ rest: { method: 'GET', path: '/entities' } })
    .input(listInput)
    .query(({ ctx, input }) => {
      const { q: titlePart, sort: order, limit, cursor, ...filter } = input;
      return listEntities(ctx.parts, ctx.userId, { filter: { ...filter, titlePart }, order, limit, cursor });
    }),

  get: readProcedure
    .meta({ rest: { method: 'GET', path: '/entities/:id' } })
    .input(entityInput)
    .query(({ ctx, input }) => getEntity(ctx.parts, ctx.userId, input.id)),

  update: writeProcedure
    .meta({ rest: { method: 'PATCH', path: '/entities/:id' } })
    .input(changeInput.extend({ title: titleSchema.optional(), type: entityTypeSchema.optional() }))
    .mutation(async ({ ctx, input }) => ({ entity: await updateEntity(ctx.parts, ctx.command, input) })),

  delete: writeProcedure
    .meta({ rest: { method: 'DELETE', path: '/entities/:id' } })
    .input(changeInput)
    .mutation(async ({ ctx, input }) => ({ entity: await deleteEntity(ctx.parts, ctx.command, input) })),

  restore: writeProcedure
    .meta({ rest: { method: 'POST', path: '/entities/:id/restore' } })
    .input(changeInput)
    .mutation(async ({ ctx, input }) => ({ entity: await restoreEntity(ctx.parts, ctx.command, input) })),

  history: readProcedure
    .meta({ rest: { method: 'GET', path: '/entities/:id/history' } })
    .input(entityInput)
    .query(async ({ ctx, input }) => ({ items: await readHistory(ctx.parts, ctx.userId, input.id), nextCursor: null })),

  /** Served as REST by `rest/content.ts`: there the body is the file itself. */
  content: readProcedure.input(entityInput).query(async ({ ctx, input }) => {
    const { file, bytes } = await readContent(ctx.parts, ctx.userId, input.id);
    return { content: decodeText(bytes), checksum: file.checksum, fileType: file.fileType };
  }),

  updateContent: writeProcedure
    .input(changeInput.extend({ content: contentSchema, expectedChecksum: z.string().max(64).optional() }))
    .mutation(async ({ ctx, input }) => ({ entity: await updateContent(ctx.parts, ctx.command, input) })),
});
