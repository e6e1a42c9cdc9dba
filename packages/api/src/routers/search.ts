import { explainSearch, readIndexStatus, SearchMode, search } from '@synap/core';
import { EntityId } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router } from '../trpc/procedures.ts';
import { asOfSchema, filterFields, flagSchema, instantSchema, limitSchema } from './inputs.ts';

const searchInput = z.strictObject({
  q: z.string().trim().min(1).max(2000),
  mode: z.enum(SearchMode).default('hybrid'),
  ...filterFields,
  /** Created at or after. */
  from: instantSchema.optional(),
  /** Created before. */
  to: instantSchema.optional(),
  limit: limitSchema.default(10),
  asOf: asOfSchema,
  /** How the answer came about. */
  explain: flagSchema,
  /** Explains why this one is not in the answer. */
  whyNot: EntityId.optional(),
});

/** Finds by meaning and by words; served as `search.query` and as `notes.search`. */
export const searchProcedure = readProcedure
  .meta({ rest: { method: 'GET', path: '/search' } })
  .input(searchInput)
  .query(async ({ ctx, input, signal }) => {
    const { q, mode, limit, asOf, explain, whyNot, ...filter } = input;
    const query = { text: q, mode, limit, filter, asOf };
    const options = signal === undefined ? {} : { signal };
    const answer = await search(ctx.parts, ctx.userId, query, options);
    if (!explain && whyNot === undefined) return answer;
    return { ...answer, explanation: await explainSearch(ctx.parts, ctx.userId, { ...query, whyNot }, options) };
  });

export const searchRouter = router({
  query: searchProcedure,

  /** What is indexed, what is pending, what failed and why. */
  status: readProcedure
    .meta({ rest: { method: 'GET', path: '/search/status' } })
    .input(z.strictObject({}))
    .query(({ ctx }) => readIndexStatus(ctx.parts, ctx.userId)),
});
