import { createCalendarLink, readCalendarLink, revokeCalendarLink } from '@synap/core';
import * as z from 'zod';
import { CALENDAR_PATH } from '../rest/calendar.ts';
import { accountProcedure, router } from '../trpc/procedures.ts';

/** The secret link under which calendars read one's tasks and events. */
export const calendarRouter = router({
  readLink: accountProcedure
    .meta({ rest: { method: 'GET', path: '/calendar/link' } })
    .input(z.strictObject({}))
    .query(async ({ ctx }) => ({ link: await readCalendarLink(ctx.parts, ctx.userId) })),

  /** Makes one, and ends the one before; it is shown this once. */
  createLink: accountProcedure
    .meta({ rest: { method: 'POST', path: '/calendar/link', status: 201 } })
    .input(z.strictObject({}))
    .mutation(async ({ ctx }) => {
      const { link, secret } = await createCalendarLink(ctx.parts, ctx.command);
      return { link, url: `${ctx.origin}${CALENDAR_PATH}/${secret}.ics` };
    }),

  revokeLink: accountProcedure
    .meta({ rest: { method: 'DELETE', path: '/calendar/link' } })
    .input(z.strictObject({}))
    .mutation(async ({ ctx }) => {
      await revokeCalendarLink(ctx.parts, ctx.command);
      return { link: null };
    }),
});
