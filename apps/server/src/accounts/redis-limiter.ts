import { once } from 'node:events';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { type ClosableRateLimiter, createLimiter } from './rate-limiter.ts';

const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 2000;

/**
 * Counts for all processes that share this Redis. While it does not answer, each counts for itself: limits are there to
 * protect the service, so they do not stop it. Resolves when it is connected, or is seen not to answer.
 */
export async function openRedisLimiter(options: {
  url: string;
  /** Told when the connection breaks; it is made again by itself. */
  onConnectionLost: (error: Error) => void;
}): Promise<ClosableRateLimiter> {
  // A command that waits for a connection would keep a request waiting.
  const redis = new Redis(options.url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  let isLost = false;
  redis.on('ready', () => {
    isLost = false;
  });
  // It is tried again and again, which nobody need hear of each time.
  redis.on('error', (error) => {
    if (!isLost) options.onConnectionLost(error);
    isLost = true;
  });
  // Why it is not ready is told above.
  await once(redis, 'ready').catch(() => undefined);
  return createLimiter(
    ({ requests, seconds }) =>
      new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: 'synap:rate',
        points: requests,
        duration: seconds,
        insuranceLimiter: new RateLimiterMemory({ points: requests, duration: seconds }),
      }),
    {
      close: async () => redis.disconnect(),
      describe: () =>
        redis.status === 'ready' ? 'counted in Redis' : 'Redis does not answer; counted in this process',
    },
  );
}
