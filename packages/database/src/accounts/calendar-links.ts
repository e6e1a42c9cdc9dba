import { UserId } from '@synap/domain';
import { eq } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { calendarLinks } from '../schema/schema.ts';

/** The link of a user's calendar, as far as it is kept. */
export interface CalendarLink {
  readonly createdAt: Date;
}

/** Gives a user a link; one that was there is none any more. The same one twice is the first one. */
export async function replaceCalendarLink(
  queries: Queryable,
  userId: UserId,
  { secretHash, now }: { secretHash: Uint8Array; now: Date },
): Promise<CalendarLink> {
  const link = { secretHash, createdAt: now };
  const present = await queries
    .select({ userId: calendarLinks.userId, createdAt: calendarLinks.createdAt })
    .from(calendarLinks)
    .where(eq(calendarLinks.secretHash, secretHash));
  const [same] = present;
  if (same?.userId === userId) return { createdAt: same.createdAt };
  await queries
    .insert(calendarLinks)
    .values({ userId, ...link })
    .onConflictDoUpdate({ target: calendarLinks.userId, set: link });
  return { createdAt: now };
}

/** The user's link, if there is one. */
export async function findCalendarLink(queries: Queryable, userId: UserId): Promise<CalendarLink | null> {
  const [row] = await queries
    .select({ createdAt: calendarLinks.createdAt })
    .from(calendarLinks)
    .where(eq(calendarLinks.userId, userId));
  return row ?? null;
}

/** Whose calendar a link opens; `null` if nobody's. */
export async function findCalendarOwner(queries: Queryable, secretHash: Uint8Array): Promise<UserId | null> {
  const [row] = await queries
    .select({ userId: calendarLinks.userId })
    .from(calendarLinks)
    .where(eq(calendarLinks.secretHash, secretHash));
  return row === undefined ? null : UserId.parse(row.userId);
}

/** Ends the user's link. To repeat it is harmless. */
export async function deleteCalendarLink(queries: Queryable, userId: UserId): Promise<void> {
  await queries.delete(calendarLinks).where(eq(calendarLinks.userId, userId));
}
