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
import { unresolvedLinkView } from '../views/links.ts';
import { exampleId, graphView, otherExampleId, relationAnswer } from '../views/things.ts';
import { answers, pageOf } from '../views/view.ts';
import { asOfSchema, countSchema, limitSchema } from './inputs.ts';

/** What part of the net of things is asked for. */
export const graphInput = z.strictObject({
  root: EntityId,
  depth: countSchema.min(1).max(5).default(1).describe('Over how many links to go, in either direction.'),
  types: z
    .preprocess((value) => (typeof value === 'string' ? value.split(',') : value), z.array(relationTypeSchema).min(1))
    .optional()
    .describe('Only links of these types; in a query string separated by commas.'),
  limit: countSchema.min(1).max(GRAPH_NODES_MAX).default(GRAPH_NODES_MAX).describe('The most things in it.'),
  asOf: asOfSchema,
});

export const relationsRouter = router({
  create: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/relations',
        status: 201,
        summary: 'Links two things',
        example: { type: 'relates_to', sourceId: exampleId, targetId: otherExampleId },
      },
      about: { idFields: ['sourceId', 'targetId'] },
    })
    .input(z.strictObject({ type: relationTypeSchema, sourceId: EntityId, targetId: EntityId }))
    .output(answers(relationAnswer))
    .mutation(async ({ ctx, input }) => ({ relation: await createRelation(ctx.parts, ctx.command, input) })),

  graph: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/graph',
        summary: 'Reads what is linked to a thing',
        example: { root: exampleId, depth: 2, types: ['relates_to', 'contains'] },
        problems: [404],
      },
    })
    .input(graphInput)
    .output(answers(graphView))
    .query(({ ctx, input }) => readGraph(ctx.parts, ctx.userId, input)),

  /** The same as text for a drawing program; over REST see `serveGraph`. */
  drawGraph: readProcedure
    .input(graphInput.extend({ format: z.enum(GraphFormat) }))
    .query(async ({ ctx, input: { format, ...input } }) => {
      const graph = await readGraph(ctx.parts, ctx.userId, input);
      return { text: drawGraph(graph, format), isTruncated: graph.isTruncated };
    }),

  unresolved: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/unresolved-links',
        summary: 'Lists the links in texts that lead nowhere yet',
        example: { limit: 50 },
      },
    })
    .input(z.strictObject({ limit: limitSchema }))
    .output(answers(pageOf(unresolvedLinkView)))
    .query(async ({ ctx, input }) => ({
      items: await listUnresolvedLinks(ctx.parts, ctx.userId, input),
      nextCursor: null,
    })),

  delete: writeProcedure
    .meta({ rest: { method: 'DELETE', path: '/relations/:id', summary: 'Removes a link', example: { id: exampleId } } })
    .input(z.strictObject({ id: RelationId }))
    .output(answers(relationAnswer))
    .mutation(async ({ ctx, input }) => ({ relation: await deleteRelation(ctx.parts, ctx.command, input) })),
});
