import { applyRerun, getRerun, listRerunDifferences, listReruns, startRerun } from '@synap/core';
import { EntityId, RerunId } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { rerunAnswer, rerunDifferenceView, rerunView } from '../views/suggestions.ts';
import { exampleId, otherExampleId } from '../views/things.ts';
import { answers, pageOf } from '../views/view.ts';
import { instantSchema, limitSchema } from './inputs.ts';

const ENTITIES_MAX = 1000;

const startInput = z.strictObject({
  model: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe('`local`, or a model of the provider that is configured.'),
  since: instantSchema.optional(),
});
const rerunInput = z.strictObject({ id: RerunId });

/** Captures analysed again: what comes of it is shown first, and changes things only when it is applied. */
export const rerunsRouter = router({
  start: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/reruns',
        status: 201,
        summary: 'Analyses captures again, in the background',
        description: 'It changes nothing until it is applied.',
        example: { model: 'local', since: '2026-11-01T00:00:00Z' },
      },
    })
    .input(startInput)
    .output(answers(rerunAnswer))
    .mutation(async ({ ctx, input }) => ({ rerun: await startRerun(ctx.parts, ctx.command, input) })),

  list: readProcedure
    .meta({ rest: { method: 'GET', path: '/reruns', summary: 'Lists the reruns', example: { limit: 20 } } })
    .input(z.strictObject({ limit: limitSchema }))
    .output(answers(pageOf(rerunView)))
    .query(async ({ ctx, input }) => ({ items: await listReruns(ctx.parts, ctx.userId, input), nextCursor: null })),

  get: readProcedure
    .meta({
      rest: { method: 'GET', path: '/reruns/:id', summary: 'Reads how far a rerun is', example: { id: exampleId } },
    })
    .input(rerunInput)
    .output(answers(rerunAnswer))
    .query(async ({ ctx, input }) => ({ rerun: await getRerun(ctx.parts, ctx.userId, input.id) })),

  /** `limit` is how many things a page looks at; it may find none that differ. */
  differences: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/reruns/:id/differences',
        summary: 'Reads what a rerun would change',
        description: '`limit` is how many things a page looks at; it may find none that differ.',
        example: { id: exampleId, limit: 50 },
      },
    })
    .input(rerunInput.extend({ limit: limitSchema, cursor: EntityId.optional() }))
    .output(answers(pageOf(rerunDifferenceView)))
    .query(({ ctx, input }) => listRerunDifferences(ctx.parts, ctx.userId, input)),

  /** In the background; `get` says when it is done. Undo it by its id, which is its correlation id. */
  applyDifferences: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/reruns/:id/apply',
        summary: 'Applies a rerun, in the background',
        description: 'All of it where `entityIds` is left out. Undo it by its id.',
        example: { id: exampleId, entityIds: [otherExampleId] },
      },
    })
    .input(rerunInput.extend({ entityIds: z.array(EntityId).min(1).max(ENTITIES_MAX).optional() }))
    .output(answers(rerunAnswer))
    .mutation(async ({ ctx, input }) => ({ rerun: await applyRerun(ctx.parts, ctx.command, input) })),
});
