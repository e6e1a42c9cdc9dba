import { createRelation, deleteRelation } from '@synap/core';
import { EntityId, RelationId, relationTypeSchema } from '@synap/domain';
import * as z from 'zod';
import { router, writeProcedure } from '../trpc/procedures.ts';

export const relationsRouter = router({
  create: writeProcedure
    .meta({ rest: { method: 'POST', path: '/relations', status: 201 } })
    .input(z.strictObject({ type: relationTypeSchema, sourceId: EntityId, targetId: EntityId }))
    .mutation(async ({ ctx, input }) => ({ relation: await createRelation(ctx.parts, ctx.command, input) })),

  delete: writeProcedure
    .meta({ rest: { method: 'DELETE', path: '/relations/:id' } })
    .input(z.strictObject({ id: RelationId }))
    .mutation(async ({ ctx, input }) => ({ relation: await deleteRelation(ctx.parts, ctx.command, input) })),
});
