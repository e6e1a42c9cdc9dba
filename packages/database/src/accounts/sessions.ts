import { UserId } from '@synap/domain';
import { and, eq, gt, lte, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { prepareOnce } from '../connection/prepare-once.ts';
import { sessions, users, verifications } from '../schema/schema.ts';

/** A session that has not ended. */
export interface LiveSession {
  readonly sessionId: string;
  readonly userId: UserId;
  readonly isOwner: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** The session with a token, unless it has ended. */
export async function findLiveSession(
  queries: Queryable,
  wanted: { token: string; now: Date },
): Promise<LiveSession | null> {
  const [row] = await prepared(queries).execute({ ...wanted });
  if (row === undefined) return null;
  const { role, userId, ...session } = row;
  return { ...session, userId: UserId.parse(userId), isOwner: role === 'owner' };
}

const prepared = prepareOnce((queries) =>
  queries
    .select({
      sessionId: sessions.id,
      userId: sessions.userId,
      role: users.role,
      createdAt: sessions.createdAt,
      expiresAt: sessions.expiresAt,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.token, sql.placeholder('token')), gt(sessions.expiresAt, sql.placeholder('now'))))
    .prepare('session'),
);

/** The tokens of all sessions of a user, also of those that have ended. */
export async function listSessionTokens(queries: Queryable, userId: UserId): Promise<string[]> {
  const rows = await queries.select({ token: sessions.token }).from(sessions).where(eq(sessions.userId, userId));
  return rows.map(({ token }) => token);
}

/** Removes what nobody can sign in with any more: sessions that have ended, and proofs that were not used in time. */
export async function deleteExpiredSignIns(queries: Queryable, now: Date): Promise<void> {
  await queries.delete(sessions).where(lte(sessions.expiresAt, now));
  await queries.delete(verifications).where(lte(verifications.expiresAt, now));
}
