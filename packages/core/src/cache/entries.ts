import { createHash } from 'node:crypto';
import type { RepeatableRequest } from '@synap/database';
import type { EntityId, EntityState, UserId } from '@synap/domain';
import type { CacheEntry } from './cache.ts';

const MINUTE_MS = 60_000;
const ENTITY_KEPT_MS = 10 * MINUTE_MS;
/** A repeat comes soon. */
const ANSWER_KEPT_MS = 10 * MINUTE_MS;
const SIGN_IN_KEPT_MS = 5 * MINUTE_MS;

/** Where the names of all that is kept of a user begin. */
export function entriesOf(userId: UserId): string {
  return `user:${userId}:`;
}

/** An entity as it is by itself: what hangs on it changes with other things, and is read each time. */
export function entityEntry(userId: UserId, id: EntityId): CacheEntry {
  return { name: `${entriesOf(userId)}entity:${id}`, keepMs: ENTITY_KEPT_MS };
}

/** That there is such a user; it is forgotten with all else that is theirs when they are erased. */
export function userEntry(userId: UserId): CacheEntry {
  return { name: `${entriesOf(userId)}there`, keepMs: SIGN_IN_KEPT_MS };
}

/** What this very request was answered under its idempotency key: it never changes. */
export function answerEntry({ userId, key, requestHash }: RepeatableRequest): CacheEntry {
  return { name: `${entriesOf(userId)}answer:${sha256(`${requestHash} ${key}`)}`, keepMs: ANSWER_KEPT_MS };
}

/** @param hash SHA-256 of the key. */
export function apiKeyEntry(hash: Uint8Array): CacheEntry {
  return { name: `api-key:${Buffer.from(hash).toString('hex')}`, keepMs: SIGN_IN_KEPT_MS };
}

/** A session by its token, which is not in the name. */
export function sessionEntry(token: string): CacheEntry {
  return { name: `session:${sha256(token)}`, keepMs: SIGN_IN_KEPT_MS };
}

/** What is kept of these states. */
export function entriesOfStates(states: readonly EntityState[]): CacheEntry[] {
  return states.map(({ userId, id }) => entityEntry(userId, id));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
