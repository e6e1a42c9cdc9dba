import { createCalendarLink, readCalendarLink, revokeCalendarLink } from '@synap/core';
import * as z from 'zod';
import { CALENDAR_PATH } from '../rest/calendar.ts';
import { accountProcedure, router } from '../trpc/procedures.ts';
import { calendarLinkAnswer, createdCalendarLink } from '../views/tasks.ts';
import { answers } from '../views/view.ts';

/** The secret link under which calendars read one's tasks and events. */
export const calendarRouter = router({
  readLink: accountProcedure
    .meta({
      rest: { method: 'GET', path: '/calendar/link', summary: 'Says whether there is a secret link to the calendar' },
    })
    .input(z.strictObject({}))
    .output(answers(calendarLinkAnswer))
    .query(async ({ ctx }) => ({ link: await readCalendarLink(ctx.parts, ctx.userId) })),

  /** Makes one, and ends the one before; it is shown this once. */
  createLink: accountProcedure
    .meta({
      rest: {
        method: 'POST',
        path: '/calendar/link',
        status: 201,
        summary: 'Makes a secret link under which calendars read what is due and takes place',
        description: 'It is shown this once, and ends the one before.',
      },
    })
    .input(z.strictObject({}))
    .output(answers(createdCalendarLink))
    .mutation(async ({ ctx }) => {
      const { link, secret } = await createCalendarLink(ctx.parts, ctx.command);
      return { link, url: `${ctx.origin}${CALENDAR_PATH}/${secret}.ics` };
    }),

  revokeLink: accountProcedure
    .meta({ rest: { method: 'DELETE', path: '/calendar/link', summary: 'Ends the secret link to the calendar' } })
    .input(z.strictObject({}))
    .output(answers(calendarLinkAnswer))
    .mutation(async ({ ctx }) => {
      await revokeCalendarLink(ctx.parts, ctx.command);
      return { link: null };
    }),
});
