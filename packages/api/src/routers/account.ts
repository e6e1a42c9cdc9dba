import { eraseAccount } from '@synap/core';
import * as z from 'zod';
import { accountProcedure, router } from '../trpc/procedures.ts';

export const accountRouter = router({
  /** Erases the signed-in account from every store; the receipt is all that is left of it. */
  erase: accountProcedure
    .meta({ rest: { method: 'DELETE', path: '/account' } })
    .input(z.strictObject({}))
    .mutation(({ ctx }) => eraseAccount(ctx.parts, ctx.command)),
});
