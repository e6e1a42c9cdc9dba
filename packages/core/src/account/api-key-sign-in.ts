import { createHash } from 'node:crypto';
import { type Database, noteApiKeyUse, prepareApiKeyLookup, type UsableApiKey } from '@synap/database';
import type { Clock } from '@synap/domain';

/** A key that is used all the time is written down once in this time. */
const USE_RESOLUTION_MS = 60_000;
/** As keys are made; anything else need not be looked up. */
const KEY_PATTERN = /^synap_[\w-]{43}$/;

/**
 * Tells whose key one is, and what it may do; `null` if it is none, was revoked or has expired. It is looked up each time,
 * so that a key that is revoked is none from the next request on, whichever process it reaches.
 */
export function createApiKeySignIn({
  database: { queries },
  clock,
}: {
  database: Database;
  clock: Clock;
}): (key: string) => Promise<UsableApiKey | null> {
  const find = prepareApiKeyLookup(queries);
  return async (key) => {
    if (!KEY_PATTERN.test(key)) return null;
    const now = clock.now();
    const found = await find({ hash: hashApiKey(key), now });
    if (found === null) return null;
    if (found.lastUsedAt === null || now.getTime() - found.lastUsedAt.getTime() >= USE_RESOLUTION_MS) {
      await noteApiKeyUse(queries, { id: found.id, now, resolutionMs: USE_RESOLUTION_MS });
    }
    return found;
  };
}

/** What is kept of a key. It is as random as its hash is long: there is nothing to guess, and no need of a slow hash. */
export function hashApiKey(key: string): Uint8Array {
  return createHash('sha256').update(key).digest();
}
