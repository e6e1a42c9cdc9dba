import { acceptSuggestion, declineSuggestion, listSuggestions } from '@synap/core';
import { EntityId, SuggestionId, SuggestionStatus } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
import { decidedSuggestionView, suggestionView } from '../views/suggestions.ts';
import { exampleId } from '../views/things.ts';
import { answers, pageOf } from '../views/view.ts';
import { expectedVersionSchema, limitSchema } from './inputs.ts';

const listInput = z.strictObject({
  status: z.enum(SuggestionStatus).default(SuggestionStatus.open),
  entityId: EntityId.optional(),
  limit: limitSchema,
  cursor: SuggestionId.optional(),
});

/** `expectedVersion` is that of the entity. */
const decisionInput = z.strictObject({ id: SuggestionId, expectedVersion: expectedVersionSchema });

/** What an analysis was not sure of, or a person chose otherwise; a person decides. `history.undo` undoes that. */
export const suggestionsRouter = router({
  list: readProcedure
    .meta({
      rest: {
        method: 'GET',
        path: '/suggestions',
        summary: 'Lists what waits for a decision, the newest first',
        example: { status: 'open', limit: 50 },
      },
    })
    .input(listInput)
    .output(answers(pageOf(suggestionView)))
    .query(({ ctx, input }) => listSuggestions(ctx.parts, ctx.userId, input)),

  accept: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/suggestions/:id/accept',
        summary: 'Takes a suggestion over',
        description: '`expectedVersion` is that of the thing.',
        example: { id: exampleId, expectedVersion: 2 },
      },
    })
    .input(decisionInput)
    .output(answers(decidedSuggestionView))
    .mutation(({ ctx, input }) => acceptSuggestion(ctx.parts, ctx.command, input)),

  decline: writeProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/suggestions/:id/decline',
        summary: 'Declines a suggestion',
        description: 'It is not made again.',
        example: { id: exampleId },
      },
    })
    .input(decisionInput)
    .output(answers(decidedSuggestionView))
    .mutation(({ ctx, input }) => declineSuggestion(ctx.parts, ctx.command, input)),
});
