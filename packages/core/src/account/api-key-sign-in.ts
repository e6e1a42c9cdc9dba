import { createHash } from 'node:crypto';
import { type Database, findUsableApiKey, noteApiKeyUse, type UsableApiKey } from '@synap/database';
import type { Clock } from '@synap/domain';
import type { Cache } from '../cache/cache.ts';
import { apiKeyEntry } from '../cache/entries.ts';

/** A key that is used all the time is written down once in this time. */
const USE_RESOLUTION_MS = 60_000;
/** As keys are made; anything else need not be looked up. */
const KEY_PATTERN = /^synap_[\w-]{43}$/;

/** As the cache keeps it. */
type KeptApiKey = Omit<UsableApiKey, 'expiresAt' | 'lastUsedAt'> & {
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
};

/**
 * Tells whose key one is, and what it may do; `null` if it is none, was revoked or has expired. A key that is revoked is
 * none from the next request on, whichever process it reaches: the cache sees to it.
 */
export function createApiKeySignIn({
  database: { queries },
  cache,
  clock,
}: {
  database: Database;
  cache: Cache;
  clock: Clock;
}): (key: string) => Promise<KeptApiKey | null> {
  const load = async (key: Parameters<typeof findUsableApiKey>[1]): Promise<KeptApiKey | null> => {
    const found = await findUsableApiKey(queries, key);
    if (found === null) return null;
    const { expiresAt, lastUsedAt } = found;
    return { ...found, expiresAt: expiresAt?.toISOString() ?? null, lastUsedAt: lastUsedAt?.toISOString() ?? null };
  };
  return async (key) => {
    if (!KEY_PATTERN.test(key)) return null;
    const now = clock.now();
    const hash = hashApiKey(key);
    const entry = apiKeyEntry(hash);
    const found = await cache.read(entry, () => load({ hash, now }));
    if (found === null || (found.expiresAt !== null && new Date(found.expiresAt) <= now)) return null;
    const { id, lastUsedAt } = found;
    if (lastUsedAt === null || now.getTime() - new Date(lastUsedAt).getTime() >= USE_RESOLUTION_MS) {
      const use = { id, now, resolutionMs: USE_RESOLUTION_MS };
      await cache.change([entry], () => noteApiKeyUse(queries, use));
    }
    return found;
  };
}

/** What is kept of a key. It is as random as its hash is long: there is nothing to guess, and no need of a slow hash. */
export function hashApiKey(key: string): Uint8Array {
  return createHash('sha256').update(key).digest();
}
