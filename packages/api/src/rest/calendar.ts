import { findOwnerOfCalendar, readCalendar } from '@synap/core';
import { RateLimited } from '@synap/domain';
import type { Hono } from 'hono';
import type { ApiOptions, ServedRequest } from '../app.ts';
import { limitRequest } from '../protection/limit-requests.ts';
import { answerFile } from './answer-file.ts';

/** Where secret links to calendars lead. */
export const CALENDAR_PATH = '/calendar';

/** A calendar asks every few minutes; several of a person's devices may come at once. */
const READS = { requests: 60, seconds: 60 };

/** Calendars by their secret links, for whoever has one: nobody signs in here. */
export function serveCalendars(app: Hono<ServedRequest>, { parts, protection }: ApiOptions): void {
  const limits = protection?.limits;
  app.get(`${CALENDAR_PATH}/:file`, async (context) => {
    const address = context.env?.clientAddress;
    // Before anything is looked up: nobody tries many secrets.
    if (limits !== undefined) await limitRequest(limits, { session: null, address, count: 1 });
    const secret = context.req.param('file').replace(/\.ics$/, '');
    const userId = await findOwnerOfCalendar(parts, secret);
    const retryAfterSeconds = (await limits?.limiter.take(`calendar:${userId}`, READS)) ?? 0;
    if (retryAfterSeconds > 0) throw new RateLimited('This calendar is read too often.', { retryAfterSeconds });
    const { content, checksum } = await readCalendar(parts, userId);
    return answerFile(context.req.raw, {
      sizeBytes: content.byteLength,
      checksum,
      contentType: 'text/calendar; charset=utf-8',
      contentDisposition: 'inline; filename="synap.ics"',
      isPassive: true,
      read: async ({ range = { start: 0, end: content.byteLength } }) =>
        ReadableStream.from([content.subarray(range.start, range.end)]),
    });
  });
}
