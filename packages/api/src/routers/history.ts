import { listChanges, undo } from '@synap/core';
import { CorrelationId } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { changeView, undoneView } from '../views/events.ts';
import { exampleId } from '../views/things.ts';
import { answers, pageOf } from '../views/view.ts';
import { flagSchema, limitSchema } from './inputs.ts';

export const historyRouter = router({
  /** What was done lately, the last first: each request, import and run as one. */
  list: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/history',
        summary: 'Lists what was done lately, the last first',
        description: 'Each request, import and run is one.',
        example: { limit: 20 },
      },
    })
    .input(z.strictObject({ limit: limitSchema }))
    .output(answers(pageOf(changeView)))
    .query(async ({ ctx, input }) => ({
      items: await listChanges(ctx.parts, ctx.userId, input),
      nextCursor: null,
    })),

  /** Undoes everything that one request, run or import did. */
  undo: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/undo',
        summary: 'Undoes all that one request, import or run did',
        description: '409 with `conflicts` if something of it was changed since; `force` undoes that, too.',
        example: { correlationId: exampleId },
        problems: [404],
      },
    })
    .input(
      z.strictObject({
        correlationId: CorrelationId,
        force: flagSchema.describe('Also what somebody has changed since.'),
      }),
    )
    .output(answers(undoneView))
    .mutation(({ ctx, input }) => undo(ctx.parts, ctx.command, input)),
});
