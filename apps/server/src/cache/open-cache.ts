import { type Cache, createNoCache, createSecretBox } from '@synap/core';
import type { Database } from '@synap/database';
import type { RedisConnection } from '../redis/connect-redis.ts';
import { createCacheFence } from './cache-fence.ts';
import { createRedisCache } from './redis-cache.ts';

/**
 * The cache that is right for a database: one that no other process has is cached in this one; one on a server, which
 * others may be at, in the Redis that all of them share, or not at all.
 *
 * @param options.secret the same for all of them: seals what is kept in Redis.
 */
export async function openCache({
  database,
  redis,
  secret,
}: {
  database: Database;
  redis: RedisConnection | null;
  secret: string;
}): Promise<Cache> {
  if (database.engine.kind === 'pglite') {
    const { createMemoryCache } = await import('./memory-cache.ts');
    return createMemoryCache();
  }
  if (redis === null) return createNoCache('none: others may be at this database, and REDIS_URL is not set');
  const { createRedisSlots } = await import('./redis-slots.ts');
  return createRedisCache({
    slots: createRedisSlots(redis.client),
    fence: createCacheFence(database.queries),
    box: createSecretBox({ secret }),
  });
}
