import { type Scope, scopeSchema, UserId } from '@synap/domain';
import { and, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import * as z from 'zod';
import type { Queryable } from '../connection/database.ts';
import { prepareOnce } from '../connection/prepare-once.ts';
import { apiKeys, users } from '../schema/schema.ts';

/** A key as its owner sees it. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** The key's first letters. */
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  /** `null` is never. */
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export interface NewApiKey extends Omit<ApiKey, 'lastUsedAt'> {
  /** SHA-256 of the whole key. */
  readonly hash: Uint8Array;
}

/** A key by which somebody may sign in at this moment. */
export interface UsableApiKey {
  readonly id: string;
  readonly userId: UserId;
  readonly isOwner: boolean;
  readonly scopes: readonly Scope[];
  /** `null` is never. */
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/** Scopes that a later version knows are none here. */
const knownScopes = z.array(z.unknown()).transform((names) =>
  names.flatMap((name): Scope[] => {
    const scope = scopeSchema.safeParse(name);
    return scope.success ? [scope.data] : [];
  }),
);

const publicColumns = {
  id: apiKeys.id,
  name: apiKeys.name,
  prefix: apiKeys.prefix,
  scopes: apiKeys.scopes,
  createdAt: apiKeys.createdAt,
  expiresAt: apiKeys.expiresAt,
  lastUsedAt: apiKeys.lastUsedAt,
};

/**
 * Adds a key of this user.
 * @returns the key, or `null` if the very same one is there already.
 */
export async function addApiKey(queries: Queryable, userId: UserId, key: NewApiKey): Promise<ApiKey | null> {
  const { scopes, ...fields } = key;
  const [added] = await queries
    .insert(apiKeys)
    .values({ ...fields, userId, scopes: [...scopes] })
    .onConflictDoNothing()
    .returning(publicColumns);
  return added === undefined ? null : toApiKey(added);
}

/** The user's keys that are not revoked, the newest first; also those that have expired. */
export async function listApiKeys(queries: Queryable, userId: UserId): Promise<ApiKey[]> {
  const rows = await queries
    .select(publicColumns)
    .from(apiKeys)
    .where(and(eq(apiKeys.userId, userId), isNull(apiKeys.revokedAt)))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id));
  return rows.map(toApiKey);
}

/** The user's key with this hash, whatever has become of it. */
export async function findOwnApiKey(
  queries: Queryable,
  userId: UserId,
  hash: Uint8Array,
): Promise<(ApiKey & { revokedAt: Date | null }) | null> {
  const [row] = await queries
    .select({ ...publicColumns, revokedAt: apiKeys.revokedAt })
    .from(apiKeys)
    .where(and(eq(apiKeys.userId, userId), eq(apiKeys.hash, hash)));
  return row === undefined ? null : { ...toApiKey(row), revokedAt: row.revokedAt };
}

/** SHA-256 of one of the user's keys; `null` if they have no such key. */
export async function findApiKeyHash(queries: Queryable, userId: UserId, id: string): Promise<Uint8Array | null> {
  const [row] = await queries
    .select({ hash: apiKeys.hash })
    .from(apiKeys)
    .where(and(eq(apiKeys.userId, userId), eq(apiKeys.id, id)));
  return row?.hash ?? null;
}

/** SHA-256 of each of the user's keys, whatever has become of it. */
export async function listApiKeyHashes(queries: Queryable, userId: UserId): Promise<Uint8Array[]> {
  const rows = await queries.select({ hash: apiKeys.hash }).from(apiKeys).where(eq(apiKeys.userId, userId));
  return rows.map(({ hash }) => hash);
}

/**
 * Ends a key for good; who asks with it from now on is nobody. To repeat it changes nothing.
 * @returns whether there is such a key of this user.
 */
export async function revokeApiKey(
  queries: Queryable,
  userId: UserId,
  { id, now }: { id: string; now: Date },
): Promise<boolean> {
  const revoked = await queries
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, ${now.toISOString()}::timestamptz)` })
    .where(and(eq(apiKeys.userId, userId), eq(apiKeys.id, id)))
    .returning({ id: apiKeys.id });
  return revoked.length > 0;
}

/** The key with a hash, unless it is revoked or has expired. */
export async function findUsableApiKey(
  queries: Queryable,
  key: { hash: Uint8Array; now: Date },
): Promise<UsableApiKey | null> {
  const [row] = await prepared(queries).execute({ ...key });
  if (row === undefined) return null;
  const { id, userId, role, scopes, expiresAt, lastUsedAt } = row;
  return {
    id,
    userId: UserId.parse(userId),
    isOwner: role === 'owner',
    scopes: knownScopes.parse(scopes),
    expiresAt,
    lastUsedAt,
  };
}

const prepared = prepareOnce((queries) => {
  const isInForce = or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, sql.placeholder('now')));
  return queries
    .select({
      id: apiKeys.id,
      userId: apiKeys.userId,
      role: users.role,
      scopes: apiKeys.scopes,
      expiresAt: apiKeys.expiresAt,
      lastUsedAt: apiKeys.lastUsedAt,
    })
    .from(apiKeys)
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where(and(eq(apiKeys.hash, sql.placeholder('hash')), isNull(apiKeys.revokedAt), isInForce))
    .prepare('api_key');
});

/** Notes that a key is in use; by many requests at once, one writes. */
export async function noteApiKeyUse(
  queries: Queryable,
  { id, now, resolutionMs }: { id: string; now: Date; resolutionMs: number },
): Promise<void> {
  const due = new Date(now.getTime() - resolutionMs);
  await queries
    .update(apiKeys)
    .set({ lastUsedAt: now })
    .where(and(eq(apiKeys.id, id), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, due))));
}

function toApiKey(row: Omit<ApiKey, 'scopes'> & { scopes: string[] }): ApiKey {
  return { ...row, scopes: knownScopes.parse(row.scopes) };
}
