import {
  createRelation,
  deleteRelation,
  drawGraph,
  GRAPH_NODES_MAX,
  GraphFormat,
  listUnresolvedLinks,
  readGraph,
} from '@synap/core';
import { EntityId, RelationId, relationTypeSchema } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { asOfSchema, limitSchema } from './inputs.ts';

/** What part of the net of things is asked for. */
export const graphInput = z.strictObject({
  root: EntityId,
  /** Over how many links to go, in either direction. */
  depth: z.coerce.number().pipe(z.int().min(1).max(5)).default(1),
  /** Only links of these types; in a query string separated by commas. */
  types: z
    .preprocess((value) => (typeof value === 'string' ? value.split(',') : value), z.array(relationTypeSchema).min(1))
    .optional(),
  /** The most things in it. */
  limit: z.coerce.number().pipe(z.int().min(1).max(GRAPH_NODES_MAX)).default(GRAPH_NODES_MAX),
  asOf: asOfSchema,
});

export const relationsRouter = router({
  create: writeProcedure
    .meta({ rest: { method: 'POST', path: '/relations', status: 201 }, about: { idFields: ['sourceId', 'targetId'] } })
    .input(z.strictObject({ type: relationTypeSchema, sourceId: EntityId, targetId: EntityId }))
    .mutation(async ({ ctx, input }) => ({ relation: await createRelation(ctx.parts, ctx.command, input) })),

  graph: readProcedure
    .meta({ rest: { method: 'GET', path: '/graph' } })
    .input(graphInput.extend({ format: z.literal('json').optional() }))
    .query(({ ctx, input: { format: _, ...input } }) => readGraph(ctx.parts, ctx.userId, input)),

  /** The same as text for a drawing program; over REST that is `format` of the graph, see `serveGraph`. */
  drawGraph: readProcedure
    .input(graphInput.extend({ format: z.enum(GraphFormat) }))
    .query(async ({ ctx, input: { format, ...input } }) => {
      const graph = await readGraph(ctx.parts, ctx.userId, input);
      return { text: drawGraph(graph, format), isTruncated: graph.isTruncated };
    }),

  /** The links in texts that lead nowhere yet. */
  unresolved: readProcedure
    .meta({ rest: { method: 'GET', path: '/unresolved-links' } })
    .input(z.strictObject({ limit: limitSchema }))
    .query(async ({ ctx, input }) => ({
      items: await listUnresolvedLinks(ctx.parts, ctx.userId, input),
      nextCursor: null,
    })),

  delete: writeProcedure
    .meta({ rest: { method: 'DELETE', path: '/relations/:id' } })
    .input(z.strictObject({ id: RelationId }))
    .mutation(async ({ ctx, input }) => ({ relation: await deleteRelation(ctx.parts, ctx.command, input) })),
});
