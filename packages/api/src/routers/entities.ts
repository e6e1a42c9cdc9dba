import {
  deleteEntity,
  diffRevisions,
  getEntity,
  listBacklinks,
  listDuplicates,
  listEntities,
  listRelated,
  MergedContent,
  mergeEntities,
  purgeEntity,
  readHistory,
  readText,
  restoreEntity,
  revertEntity,
  updateContent,
  updateEntity,
} from '@synap/core';
import { EntityId, entityTypeSchema, taskStatusSchema, titleSchema } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import {
  asOfSchema,
  contentSchema,
  cursorSchema,
  expectedVersionSchema,
  filterFields,
  flagSchema,
  limitSchema,
  revisionFields,
} from './inputs.ts';

/** Scopes of the thing's own kind open it. */
const namedById = { idFields: ['id'] };

const entityInput = z.strictObject({ id: EntityId });
const versionSchema = z.coerce.number().pipe(z.int().min(1));
const changeInput = z.strictObject({ id: EntityId, expectedVersion: expectedVersionSchema });

const listInput = z.strictObject({
  ...filterFields,
  status: taskStatusSchema.optional(),
  /** Part of the title. */
  q: z.string().trim().min(1).max(200).optional(),
  /** What is in the trash, instead. */
  deleted: flagSchema,
  sort: z.enum(['updated', 'created']).default('updated'),
  asOf: asOfSchema,
  limit: limitSchema,
  cursor: cursorSchema,
});

export const entitiesRouter = router({
  list: readProcedure
    .meta({ rest: { method: 'GET', path: '/entities' }, about: { typeField: 'type' } })
    .input(listInput)
    .query(({ ctx, input }) => {
      const { q: titlePart, sort: order, limit, cursor, asOf, ...filter } = input;
      return listEntities(ctx.parts, ctx.userId, { filter: { ...filter, titlePart }, order, limit, cursor, asOf });
    }),

  get: readProcedure
    .meta({ rest: { method: 'GET', path: '/entities/:id' }, about: namedById })
    .input(entityInput.extend({ asOf: asOfSchema }))
    .query(({ ctx, input }) => getEntity(ctx.parts, ctx.userId, input)),

  update: writeProcedure
    .meta({ rest: { method: 'PATCH', path: '/entities/:id' }, about: { ...namedById, typeField: 'type' } })
    .input(changeInput.extend({ title: titleSchema.optional(), type: entityTypeSchema.optional() }))
    .mutation(async ({ ctx, input }) => ({ entity: await updateEntity(ctx.parts, ctx.command, input) })),

  delete: writeProcedure
    .meta({ rest: { method: 'DELETE', path: '/entities/:id' }, about: namedById })
    .input(changeInput)
    .mutation(async ({ ctx, input }) => ({ entity: await deleteEntity(ctx.parts, ctx.command, input) })),

  restore: writeProcedure
    .meta({ rest: { method: 'POST', path: '/entities/:id/restore' }, about: namedById })
    .input(changeInput)
    .mutation(async ({ ctx, input }) => ({ entity: await restoreEntity(ctx.parts, ctx.command, input) })),

  purge: writeProcedure
    .meta({ rest: { method: 'POST', path: '/entities/:id/purge' }, about: namedById })
    .input(changeInput)
    .mutation(({ ctx, input }) => purgeEntity(ctx.parts, ctx.command, input)),

  revert: writeProcedure
    .meta({ rest: { method: 'POST', path: '/entities/:id/revert' }, about: namedById })
    .input(changeInput.extend({ toVersion: versionSchema }))
    .mutation(async ({ ctx, input }) => ({ entity: await revertEntity(ctx.parts, ctx.command, input) })),

  /** What changed in the text from one version to another. */
  diff: readProcedure
    .meta({ rest: { method: 'GET', path: '/entities/:id/diff' }, about: namedById })
    .input(entityInput.extend({ fromVersion: versionSchema, toVersion: versionSchema }))
    .query(({ ctx, input }) => diffRevisions(ctx.parts, ctx.userId, input)),

  history: readProcedure
    .meta({ rest: { method: 'GET', path: '/entities/:id/history' }, about: namedById })
    .input(entityInput)
    .query(async ({ ctx, input }) => ({ items: await readHistory(ctx.parts, ctx.userId, input.id), nextCursor: null })),

  /** Served as REST by `rest/content.ts`: there the body is the file itself. */
  content: readProcedure
    .meta({ about: namedById })
    .input(entityInput.extend(revisionFields))
    .query(async ({ ctx, input }) => {
      const { file, text } = await readText(ctx.parts, ctx.userId, input);
      return { content: text, checksum: file.checksum, fileType: file.fileType };
    }),

  updateContent: writeProcedure
    .meta({ about: namedById })
    .input(changeInput.extend({ content: contentSchema, expectedChecksum: z.string().max(64).optional() }))
    .mutation(async ({ ctx, input }) => ({ entity: await updateContent(ctx.parts, ctx.command, input) })),

  related: readProcedure
    .meta({ rest: { method: 'GET', path: '/entities/:id/related' } })
    .input(entityInput.extend({ limit: limitSchema.default(10) }))
    .query(async ({ ctx, input }) => ({ ...(await listRelated(ctx.parts, ctx.userId, input)), nextCursor: null })),

  /** What links to it, in texts and by relations. */
  backlinks: readProcedure
    .meta({ rest: { method: 'GET', path: '/entities/:id/backlinks' } })
    .input(entityInput.extend({ limit: limitSchema, cursor: cursorSchema }))
    .query(({ ctx, input }) => listBacklinks(ctx.parts, ctx.userId, input)),

  /** `limit` is how many things a page looks at; it may find none of them twice. */
  duplicates: readProcedure
    .meta({ rest: { method: 'GET', path: '/duplicates' } })
    .input(z.strictObject({ limit: limitSchema, cursor: cursorSchema }))
    .query(({ ctx, input }) => listDuplicates(ctx.parts, ctx.userId, input)),

  /** Makes one of two; the duplicate goes into the trash. */
  merge: writeProcedure
    .meta({ rest: { method: 'POST', path: '/entities/:id/merge' }, about: { idFields: ['id', 'duplicateId'] } })
    .input(changeInput.extend({ duplicateId: EntityId, content: z.enum(MergedContent).default(MergedContent.keep) }))
    .mutation(({ ctx, input }) => mergeEntities(ctx.parts, ctx.command, input)),
});
