import { ask } from '@synap/core';
import * as z from 'zod';
import { readProcedure, router } from '../trpc/procedures.ts';
import { rerunsRouter } from './reruns.ts';
import { suggestionsRouter } from './suggestions.ts';

export const askInput = z.strictObject({ question: z.string().trim().min(1).max(2000) });

export const aiRouter = router({
  /**
   * Answers from the notes, message by message. It changes nothing; it is a mutation because it is not to be cached, and
   * because clients stream those. As REST it is `rest/ask.ts`.
   */
  ask: readProcedure
    .input(askInput)
    .mutation(({ ctx, input, signal }) => ask(ctx.parts, ctx.userId, input, { signal })),

  suggestions: suggestionsRouter,
  reruns: rerunsRouter,
});
