import { createRelation, deleteRelation, readGraph } from '@synap/core';
import { EntityId, RelationId, relationTypeSchema } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { exampleId, graphView, otherExampleId, relationAnswer } from '../views/things.ts';
import { answers } from '../views/view.ts';
import { asOfSchema, countSchema } from './inputs.ts';

const graphInput = z.strictObject({
  root: EntityId,
  depth: countSchema.min(1).max(5).default(1).describe('Over how many links to go, in either direction.'),
  types: z
    .preprocess((value) => (typeof value === 'string' ? value.split(',') : value), z.array(relationTypeSchema).min(1))
    .optional()
    .describe('Only links of these types; in a query string separated by commas.'),
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

  delete: writeProcedure
    .meta({ rest: { method: 'DELETE', path: '/relations/:id', summary: 'Removes a link', example: { id: exampleId } } })
    .input(z.strictObject({ id: RelationId }))
    .output(answers(relationAnswer))
    .mutation(async ({ ctx, input }) => ({ relation: await deleteRelation(ctx.parts, ctx.command, input) })),
});
