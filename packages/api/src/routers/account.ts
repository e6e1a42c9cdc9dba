import { eraseAccount, readUsage } from '@synap/core';
import * as z from 'zod';
import { accountProcedure, readProcedure, router } from '../trpc/procedures.ts';

export const accountRouter = router({
  /** How much the signed-in user keeps, and how much they may; `null` is any number. */
  usage: readProcedure
    .meta({ rest: { method: 'GET', path: '/account/usage' } })
    .input(z.strictObject({}))
    .query(({ ctx }) => readUsage(ctx.parts, ctx.userId)),

  /** Erases the signed-in account from every store; the receipt is all that is left of it. */
  erase: accountProcedure
    .meta({ rest: { method: 'DELETE', path: '/account' } })
    .input(z.strictObject({}))
    .mutation(({ ctx }) => eraseAccount(ctx.parts, ctx.command)),
});
