import { acceptSuggestion, declineSuggestion, listSuggestions } from '@synap/core';
import { EntityId, SuggestionId, SuggestionStatus } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router, writeProcedure } from '../trpc/procedures.ts';
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
    .meta({ rest: { method: 'GET', path: '/suggestions' } })
    .input(listInput)
    .query(({ ctx, input }) => listSuggestions(ctx.parts, ctx.userId, input)),

  accept: writeProcedure
    .meta({ rest: { method: 'POST', path: '/suggestions/:id/accept' } })
    .input(decisionInput)
    .mutation(({ ctx, input }) => acceptSuggestion(ctx.parts, ctx.command, input)),

  decline: writeProcedure
    .meta({ rest: { method: 'POST', path: '/suggestions/:id/decline' } })
    .input(decisionInput)
    .mutation(({ ctx, input }) => declineSuggestion(ctx.parts, ctx.command, input)),
});
