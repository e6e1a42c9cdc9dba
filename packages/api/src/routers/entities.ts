import {
  deleteEntity,
  diffRevisions,
  type EntityReference,
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
import { readableReferences } from '../request/readable-references.ts';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { eventView } from '../views/events.ts';
import { backlinksView } from '../views/links.ts';
import {
  duplicateView,
  entityAnswer,
  entityDetailsView,
  entityView,
  exampleId,
  mergedView,
  otherExampleId,
  purgedView,
  relatedView,
  revisionDiffView,
} from '../views/things.ts';
import { answers, pageOf } from '../views/view.ts';
import {
  asOfSchema,
  contentSchema,
  countSchema,
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
const versionSchema = countSchema.min(1);
const changeInput = z.strictObject({ id: EntityId, expectedVersion: expectedVersionSchema });

const listInput = z.strictObject({
  ...filterFields,
  status: taskStatusSchema.optional(),
  q: z.string().trim().min(1).max(200).optional().describe('Part of the title.'),
  deleted: flagSchema.describe('What is in the trash, instead.'),
  sort: z.enum(['updated', 'created']).default('updated'),
  asOf: asOfSchema,
  limit: limitSchema,
  cursor: cursorSchema,
});

export const entitiesRouter = router({
  list: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/entities',
        summary: 'Lists things, the latest first',
        example: { type: 'note', tag: 'baking', limit: 50 },
      },
      about: { typeField: 'type' },
    })
    .input(listInput)
    .output(answers(pageOf(entityView)))
    .query(({ ctx, input }) => {
      const { q: titlePart, sort: order, limit, cursor, asOf, ...filter } = input;
      return listEntities(ctx.parts, ctx.userId, { filter: { ...filter, titlePart }, order, limit, cursor, asOf });
    }),

  get: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/entities/:id',
        summary: 'Reads a thing, as it is or was',
        example: { id: exampleId },
      },
      about: namedById,
    })
    .input(entityInput.extend({ asOf: asOfSchema }))
    .output(answers(entityDetailsView))
    .query(async ({ ctx, input }) => {
      const { linked, ...details } = await getEntity(ctx.parts, ctx.userId, input);
      const readable = (references: readonly EntityReference[]) => readableReferences(references, ctx.session);
      return {
        ...details,
        blockedBy: readable(linked.blockedBy),
        blocks: readable(linked.blocks),
        contains: readable(linked.contains),
        progress: linked.progress,
      };
    }),

  update: writeProcedure
    .meta({
      rest: {
        method: 'PATCH',
        path: '/entities/:id',
        summary: 'Changes the title or the type',
        example: { id: exampleId, title: 'Rye bread', expectedVersion: 2 },
      },
      about: { ...namedById, typeField: 'type' },
    })
    .input(changeInput.extend({ title: titleSchema.optional(), type: entityTypeSchema.optional() }))
    .output(answers(entityAnswer))
    .mutation(async ({ ctx, input }) => ({ entity: await updateEntity(ctx.parts, ctx.command, input) })),

  delete: writeProcedure
    .meta({
      rest: {
        method: 'DELETE',
        path: '/entities/:id',
        summary: 'Puts a thing into the trash',
        example: { id: exampleId, expectedVersion: 2 },
      },
      about: namedById,
    })
    .input(changeInput)
    .output(answers(entityAnswer))
    .mutation(async ({ ctx, input }) => ({ entity: await deleteEntity(ctx.parts, ctx.command, input) })),

  restore: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/entities/:id/restore',
        summary: 'Takes a thing out of the trash',
        example: { id: exampleId },
      },
      about: namedById,
    })
    .input(changeInput)
    .output(answers(entityAnswer))
    .mutation(async ({ ctx, input }) => ({ entity: await restoreEntity(ctx.parts, ctx.command, input) })),

  purge: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/entities/:id/purge',
        summary: 'Erases a thing in the trash for good',
        example: { id: exampleId },
      },
      about: namedById,
    })
    .input(changeInput)
    .output(answers(purgedView))
    .mutation(({ ctx, input }) => purgeEntity(ctx.parts, ctx.command, input)),

  revert: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/entities/:id/revert',
        summary: 'Makes a thing what it was at a version',
        example: { id: exampleId, toVersion: 1 },
      },
      about: namedById,
    })
    .input(changeInput.extend({ toVersion: versionSchema }))
    .output(answers(entityAnswer))
    .mutation(async ({ ctx, input }) => ({ entity: await revertEntity(ctx.parts, ctx.command, input) })),

  /** What changed in the text from one version to another. */
  diff: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/entities/:id/diff',
        summary: 'Compares the text of two versions',
        example: { id: exampleId, fromVersion: 1, toVersion: 2 },
        problems: [415],
      },
      about: namedById,
    })
    .input(entityInput.extend({ fromVersion: versionSchema, toVersion: versionSchema }))
    .output(answers(revisionDiffView))
    .query(({ ctx, input }) => diffRevisions(ctx.parts, ctx.userId, input)),

  history: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/entities/:id/history',
        summary: 'Reads all that happened to a thing, the oldest first',
        example: { id: exampleId },
      },
      about: namedById,
    })
    .input(entityInput)
    .output(answers(pageOf(eventView)))
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
    .meta({
      rest: {
        method: 'GET',
        path: '/entities/:id/related',
        summary: 'Finds what belongs to a thing, by links and by meaning',
        example: { id: exampleId, limit: 10 },
      },
    })
    .input(entityInput.extend({ limit: limitSchema.default(10) }))
    .output(answers(pageOf(relatedView)))
    .query(async ({ ctx, input }) => ({ ...(await listRelated(ctx.parts, ctx.userId, input)), nextCursor: null })),

  /** What links to it, in texts and by relations. */
  backlinks: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/entities/:id/backlinks',
        summary: 'Lists what links to a thing, in texts and by relations',
        example: { id: exampleId },
      },
    })
    .input(entityInput.extend({ limit: limitSchema, cursor: cursorSchema }))
    .output(answers(backlinksView))
    .query(({ ctx, input }) => listBacklinks(ctx.parts, ctx.userId, input)),

  /** `limit` is how many things a page looks at; it may find none of them twice. */
  duplicates: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/duplicates',
        summary: 'Finds pairs that say nearly the same',
        description: '`limit` is how many things a page looks at; it may find none of them twice.',
        example: { limit: 50 },
      },
    })
    .input(z.strictObject({ limit: limitSchema, cursor: cursorSchema }))
    .output(answers(pageOf(duplicateView)))
    .query(({ ctx, input }) => listDuplicates(ctx.parts, ctx.userId, input)),

  /** Makes one of two; the duplicate goes into the trash. */
  merge: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/entities/:id/merge',
        summary: 'Makes one thing of two',
        description: 'The kept one gets the tags and relations of the duplicate, which goes into the trash.',
        example: { id: exampleId, duplicateId: otherExampleId, content: 'append' },
        problems: [412],
      },
      about: { idFields: ['id', 'duplicateId'] },
    })
    .input(changeInput.extend({ duplicateId: EntityId, content: z.enum(MergedContent).default(MergedContent.keep) }))
    .output(answers(mergedView))
    .mutation(({ ctx, input }) => mergeEntities(ctx.parts, ctx.command, input)),
});
