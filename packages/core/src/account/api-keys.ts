import { createHash, randomBytes } from 'node:crypto';
import {
  type ApiKey,
  addApiKey,
  findApiKeyHash,
  findOwnApiKey,
  listApiKeys as listKeys,
  revokeApiKey as revoke,
} from '@synap/database';
import {
  areWithin,
  Forbidden,
  NotFound,
  type Scope,
  Unprocessable,
  type UserId,
  ValidationFailed,
} from '@synap/domain';
import { apiKeyEntry } from '../cache/entries.ts';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { hashApiKey } from './api-key-sign-in.ts';

/** A key as its owner sees it: all but the key itself. */
export interface ApiKeyView {
  id: string;
  name: string;
  /** The key's first letters. */
  prefix: string;
  scopes: Scope[];
  createdAt: string;
  /** `null` is never. */
  expiresAt: string | null;
  /** To the minute. */
  lastUsedAt: string | null;
}

export interface CreatedApiKey {
  apiKey: ApiKeyView;
  /** The key itself, which is shown this once and kept nowhere. */
  key: string;
}

export interface ApiKeyInput {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: Date | undefined;
}

const KEY_BYTES = 32;
/** The word before it and as much of it as tells one from another. */
const PREFIX_LENGTH = 'synap_'.length + 6;
const KEYS_MAX = 200;

/**
 * Makes a key with which a program signs in as this user.
 *
 * @param granted what the caller itself may do: nobody gives away more.
 * @throws {Forbidden} if the key could do more than its maker.
 * @throws {Unprocessable} if the same idempotency key made another one.
 */
export async function createApiKey(
  parts: Parts,
  { userId, idempotencyKey }: CommandContext,
  { name, scopes, expiresAt }: ApiKeyInput,
  granted: readonly Scope[],
): Promise<CreatedApiKey> {
  const { queries } = parts.database;
  const now = parts.clock.now();
  if (!areWithin(scopes, granted)) throw new Forbidden('A key cannot do more than the one that makes it.');
  if (expiresAt !== undefined && expiresAt <= now) {
    throw new ValidationFailed([{ field: 'expiresAt', message: 'an instant in the future' }]);
  }
  if ((await listKeys(queries, userId)).length >= KEYS_MAX) {
    throw new Unprocessable(`There are ${KEYS_MAX} keys already. Revoke one that is not used any more.`);
  }
  const key = newKey(parts, userId, idempotencyKey);
  const hash = hashApiKey(key);
  const added = await addApiKey(queries, userId, {
    id: parts.ids.next(),
    name,
    prefix: key.slice(0, PREFIX_LENGTH),
    hash,
    scopes: [...new Set(scopes)].sort(),
    createdAt: now,
    expiresAt: expiresAt ?? null,
  });
  if (added !== null) return { apiKey: viewApiKey(added), key };
  const earlier = await findOwnApiKey(queries, userId, hash);
  if (earlier === null || earlier.revokedAt !== null || !isSame(earlier, { name, scopes, expiresAt })) {
    throw new Unprocessable('This Idempotency-Key was used for another request. Use a new key for a new request.');
  }
  return { apiKey: viewApiKey(earlier), key };
}

/** The user's keys, the newest first. */
export async function listApiKeys({ database }: Parts, userId: UserId): Promise<ApiKeyView[]> {
  return (await listKeys(database.queries, userId)).map(viewApiKey);
}

/**
 * Ends a key at once and for good. To repeat it is harmless.
 * @throws {NotFound} if this user has no such key.
 */
export async function revokeApiKey(
  { database: { queries }, cache, clock }: Parts,
  { userId }: CommandContext,
  { id }: { readonly id: string },
): Promise<void> {
  const hash = await findApiKeyHash(queries, userId, id);
  if (hash === null) throw new NotFound('API key', id);
  await cache.change([apiKeyEntry(hash)], () => revoke(queries, userId, { id, now: clock.now() }));
}

/**
 * A new key, at random. A request that may be repeated makes the same key again, so that its answer need not be kept,
 * which would be to keep the key: it is made of the request's own key and a secret of this server.
 */
function newKey({ tokens }: Parts, userId: UserId, idempotencyKey: string | undefined): string {
  const secret =
    idempotencyKey === undefined
      ? randomBytes(KEY_BYTES)
      : createHash('sha256').update(tokens.seal('api-key', { userId, idempotencyKey })).digest();
  return `synap_${secret.toString('base64url')}`;
}

function isSame(key: ApiKey, { name, scopes, expiresAt }: ApiKeyInput): boolean {
  const wanted = [...new Set(scopes)].sort();
  return (
    key.name === name &&
    key.expiresAt?.getTime() === expiresAt?.getTime() &&
    JSON.stringify(key.scopes) === JSON.stringify(wanted)
  );
}

function viewApiKey({ id, name, prefix, scopes, createdAt, expiresAt, lastUsedAt }: ApiKey): ApiKeyView {
  return {
    id,
    name,
    prefix,
    scopes: [...scopes],
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}
