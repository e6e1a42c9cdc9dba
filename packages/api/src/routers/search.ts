import { readIndexStatus, SearchMode, search } from '@synap/core';
import * as z from 'zod';
import { readProcedure, router } from '../trpc/procedures.ts';
import { asOfSchema, filterFields, instantSchema, limitSchema } from './inputs.ts';

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
});

/** Finds by meaning and by words; served as `search.query` and as `notes.search`. */
export const searchProcedure = readProcedure
  .meta({ rest: { method: 'GET', path: '/search' } })
  .input(searchInput)
  .query(async ({ ctx, input, signal }) => {
    const { q, mode, limit, asOf, ...filter } = input;
    return search(
      ctx.parts,
      ctx.userId,
      { text: q, mode, limit, filter, asOf },
      signal === undefined ? {} : { signal },
    );
  });

export const searchRouter = router({
  query: searchProcedure,

  /** What is indexed, what is pending, what failed and why. */
  status: readProcedure
    .meta({ rest: { method: 'GET', path: '/search/status' } })
    .input(z.strictObject({}))
    .query(({ ctx }) => readIndexStatus(ctx.parts, ctx.userId)),
});
