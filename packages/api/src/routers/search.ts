import { explainSearch, readIndexStatus, SearchMode, search } from '@synap/core';
import { EntityId } from '@synap/domain';
import * as z from 'zod';
import { readProcedure, router } from '../trpc/procedures.ts';
import { indexStatusView, searchAnswer } from '../views/search.ts';
import { answers } from '../views/view.ts';
import { asOfSchema, filterFields, flagSchema, instantSchema, limitSchema } from './inputs.ts';

const searchInput = z.strictObject({
  q: z.string().trim().min(1).max(2000),
  mode: z.enum(SearchMode).default('hybrid'),
  ...filterFields,
  from: instantSchema.optional().describe('Created at or after.'),
  to: instantSchema.optional().describe('Created before.'),
  limit: limitSchema.default(10),
  asOf: asOfSchema,
  explain: flagSchema.describe('Says how the answer came about.'),
  whyNot: EntityId.optional().describe('Explains why this one is not in the answer.'),
});

/** Finds by meaning and by words; served as `search.query` and as `notes.search`. */
export const searchProcedure = readProcedure
  .meta({
    rest: {
      method: 'GET',
      path: '/search',
      summary: 'Finds things by meaning and by words',
      description: '`q` may have phrases, `-words` and fields such as `type:task`.',
      example: { q: 'how to feed a starter', limit: 10 },
      problems: [404],
    },
  })
  .input(searchInput)
  .output(answers(searchAnswer))
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
    .meta({ rest: { method: 'GET', path: '/search/status', summary: 'Reads what is indexed, pending and failed' } })
    .input(z.strictObject({}))
    .output(answers(indexStatusView))
    .query(({ ctx }) => readIndexStatus(ctx.parts, ctx.userId)),
});
