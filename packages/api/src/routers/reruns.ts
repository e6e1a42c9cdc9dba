import { applyRerun, getRerun, listRerunDifferences, listReruns, startRerun } from '@synap/core';
import { EntityId, RerunId } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { instantSchema, limitSchema } from './inputs.ts';

const ENTITIES_MAX = 1000;

const startInput = z.strictObject({
  /** `local`, or a model of the provider that is configured. */
  model: z.string().trim().min(1).max(200).optional(),
  since: instantSchema.optional(),
});
const rerunInput = z.strictObject({ id: RerunId });

/** Captures analysed again: what comes of it is shown first, and changes things only when it is applied. */
export const rerunsRouter = router({
  start: writeProcedure
    .meta({ rest: { method: 'POST', path: '/reruns', status: 201 } })
    .input(startInput)
    .mutation(async ({ ctx, input }) => ({ rerun: await startRerun(ctx.parts, ctx.command, input) })),

  list: readProcedure
    .meta({ rest: { method: 'GET', path: '/reruns' } })
    .input(z.strictObject({ limit: limitSchema }))
    .query(async ({ ctx, input }) => ({ items: await listReruns(ctx.parts, ctx.userId, input), nextCursor: null })),

  get: readProcedure
    .meta({ rest: { method: 'GET', path: '/reruns/:id' } })
    .input(rerunInput)
    .query(async ({ ctx, input }) => ({ rerun: await getRerun(ctx.parts, ctx.userId, input.id) })),

  /** `limit` is how many things a page looks at; it may find none that differ. */
  differences: readProcedure
    .meta({ rest: { method: 'GET', path: '/reruns/:id/differences' } })
    .input(rerunInput.extend({ limit: limitSchema, cursor: EntityId.optional() }))
    .query(({ ctx, input }) => listRerunDifferences(ctx.parts, ctx.userId, input)),

  /** In the background; `get` says when it is done. Undo it by its id, which is its correlation id. */
  applyDifferences: writeProcedure
    .meta({ rest: { method: 'POST', path: '/reruns/:id/apply' } })
    .input(rerunInput.extend({ entityIds: z.array(EntityId).min(1).max(ENTITIES_MAX).optional() }))
    .mutation(async ({ ctx, input }) => ({ rerun: await applyRerun(ctx.parts, ctx.command, input) })),
});
