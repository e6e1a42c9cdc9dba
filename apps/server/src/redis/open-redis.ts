import type { Degraded } from '@synap/api';
import { type Logger, loggable } from '../logger.ts';
import type { RedisConnection } from './connect-redis.ts';

/** Connects to the Redis that is configured; `null` where none is. It is said once when it is lost, and when it is back. */
export async function openRedis(url: string | null, logger: Logger): Promise<RedisConnection | null> {
  if (url === null) return null;
  // What is not configured is not loaded.
  const { connectRedis } = await import('./connect-redis.ts');
  return connectRedis({
    url,
    onLost: (error) =>
      logger.warn(
        { error: loggable(error) },
        'Redis does not answer; limits are counted in this process, and everything is read from the database',
      ),
    onBack: () => logger.info('Redis answers again'),
  });
}

/** Whether Redis answers, in words. */
export async function describeRedis(redis: RedisConnection): Promise<string | Degraded> {
  const version = await redis.readVersion();
  if (version !== null) return `Redis ${version}`;
  const meanwhile = 'limits are counted in this process, and everything is read from the database';
  return { degraded: `degraded: it does not answer; ${meanwhile}` };
}
