import { eraseAccount, readUsage } from '@synap/core';
import * as z from 'zod';
import { accountProcedure, readProcedure, router } from '../trpc/procedures.ts';
import { accountUsageView, erasureReceiptView } from '../views/account.ts';
import { answers } from '../views/view.ts';

export const accountRouter = router({
  /** How much the signed-in user keeps, and how much they may; `null` is any number. */
  usage: readProcedure
    .meta({ rest: { method: 'GET', path: '/account/usage', summary: 'How much is kept, and how much may be' } })
    .input(z.strictObject({}))
    .output(answers(accountUsageView))
    .query(({ ctx }) => readUsage(ctx.parts, ctx.userId)),

  /** Erases the signed-in account from every store; the receipt is all that is left of it. */
  erase: accountProcedure
    .meta({
      rest: {
        method: 'DELETE',
        path: '/account',
        summary: 'Erases the account from every store',
        description: 'Physically and for good; the answer is the receipt of it.',
      },
    })
    .input(z.strictObject({}))
    .output(answers(erasureReceiptView))
    .mutation(({ ctx }) => eraseAccount(ctx.parts, ctx.command)),
});
