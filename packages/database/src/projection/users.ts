import { UserId } from '@synap/domain';
import { asc, eq, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../connection/database.ts';
import { entities, users } from '../schema/schema.ts';

/** The owner of this installation, made now if there is none. */
export async function ensureOwner(
  { queries }: Database,
  { newId, now }: { newId: string; now: Date },
): Promise<UserId> {
  return queries.transaction(async (transaction) => {
    // Processes that start at once must not make an owner each: the second waits here and then finds the first's.
    await transaction.execute(sql`lock table ${users} in share row exclusive mode`);
    const [owner] = await transaction.select({ id: users.id }).from(users).where(eq(users.role, 'owner'));
    if (owner !== undefined) return UserId.parse(owner.id);
    const id = UserId.parse(newId);
    await transaction.insert(users).values({ id, role: 'owner', createdAt: now });
    return id;
  });
}

/** Every user's id, in the order in which they came. */
export async function listUserIds(queries: Queryable): Promise<UserId[]> {
  const rows = await queries.select({ id: users.id }).from(users).orderBy(asc(users.createdAt), asc(users.id));
  return rows.map(({ id }) => UserId.parse(id));
}

/** Whether there is such a user: not any more once they are erased. */
export async function isUser(queries: Queryable, userId: UserId): Promise<boolean> {
  const rows = await queries.select({ id: users.id }).from(users).where(eq(users.id, userId));
  return rows.length > 0;
}

/** Whose installation this is, and whether they have made an account yet; `null` where they were erased. */
export async function findOwner(queries: Queryable): Promise<{ id: UserId; hasAccount: boolean } | null> {
  const [owner] = await queries.select({ id: users.id, email: users.email }).from(users).where(eq(users.role, 'owner'));
  return owner === undefined ? null : { id: UserId.parse(owner.id), hasAccount: owner.email !== null };
}

/** The address of a user's account; `null` where they have none. */
export async function findEmail(queries: Queryable, userId: UserId): Promise<string | null> {
  const [row] = await queries.select({ email: users.email }).from(users).where(eq(users.id, userId));
  return row?.email ?? null;
}

/** Adds a user; the rest of an account is the authentication's business. */
export async function addUser({ queries }: Database, { id, now }: { id: UserId; now: Date }): Promise<void> {
  await queries.insert(users).values({ id, createdAt: now }).onConflictDoNothing();
}

/** Whether this user keeps anything, be it in the trash. */
export async function hasThings(queries: Queryable, userId: UserId): Promise<boolean> {
  const rows = await queries.select({ id: entities.id }).from(entities).where(eq(entities.userId, userId)).limit(1);
  return rows.length > 0;
}
