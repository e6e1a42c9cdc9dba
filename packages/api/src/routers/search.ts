import { SearchMode, search } from '@synap/core';
import * as z from 'zod';
import { readProcedure, router } from '../trpc/procedures.ts';
import { filterFields, instantSchema, limitSchema } from './inputs.ts';

const searchInput = z.strictObject({
  q: z.string().trim().min(1).max(2000),
  mode: z.enum(SearchMode).default('hybrid'),
  ...filterFields,
  /** Created at or after. */
  from: instantSchema.optional(),
  /** Created before. */
  to: instantSchema.optional(),
  limit: limitSchema.default(10),
});

/** Finds by meaning and by words; served as `search.query` and as `notes.search`. */
export const searchProcedure = readProcedure
  .meta({ rest: { method: 'GET', path: '/search' } })
  .input(searchInput)
  .query(async ({ ctx, input, signal }) => {
    const { q, mode, limit, ...filter } = input;
    return search(ctx.parts, ctx.userId, { text: q, mode, limit, filter }, signal === undefined ? {} : { signal });
  });

export const searchRouter = router({ query: searchProcedure });
