import { dropRun, listRuns, retryRun } from '@synap/core';
import * as z from 'zod';
import { adminProcedure, router } from '../trpc/procedures.ts';
import { workflowRunView } from '../views/account.ts';
import { answers, pageOf } from '../views/view.ts';
import { limitSchema } from './inputs.ts';

const runInput = z.strictObject({ runId: z.string().min(1).max(500) });

const listInput = z.strictObject({
  status: z.enum(['waiting', 'running', 'succeeded', 'failed']).optional(),
  limit: limitSchema,
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, 'a nextCursor')
    .optional(),
});

/** The runs of workflows, of all users; those that failed for good wait to be run again or dropped. */
export const workflowsRouter = router({
  list: adminProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/workflows/runs',
        summary: 'Lists the runs of workflows, the newest first',
        description: 'Of all users; for the owner.',
        example: { status: 'failed', limit: 50 },
      },
    })
    .input(listInput)
    .output(answers(pageOf(workflowRunView)))
    .query(async ({ ctx, input: { status, limit, cursor = '0' } }) => {
      const { items, nextOffset } = await listRuns(ctx.parts, { status, limit, offset: Number(cursor) });
      return {
        items: items.map((run) => ({
          ...run,
          createdAt: run.createdAt.toISOString(),
          finishedAt: run.finishedAt?.toISOString() ?? null,
        })),
        nextCursor: nextOffset === null ? null : String(nextOffset),
      };
    }),

  /** Runs a failed run again, from the step that failed. */
  retry: adminProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/workflows/runs/:runId/retry',
        summary: 'Runs a failed run again, from the step that failed',
        example: { runId: 'index-content:42' },
      },
    })
    .input(runInput)
    .output(answers(z.strictObject({ runId: z.string() })))
    .mutation(async ({ ctx, input }) => {
      await retryRun(ctx.parts, input.runId);
      return { runId: input.runId };
    }),

  drop: adminProcedure
    .meta({
      rest: {
        method: 'DELETE',
        path: '/workflows/runs/:runId',
        summary: 'Forgets a run',
        example: { runId: 'index-content:42' },
      },
    })
    .input(runInput)
    .output(answers(z.strictObject({ runId: z.string() })))
    .mutation(async ({ ctx, input }) => {
      await dropRun(ctx.parts, input.runId);
      return { runId: input.runId };
    }),
});
