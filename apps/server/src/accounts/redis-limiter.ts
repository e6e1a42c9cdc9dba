import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { RedisConnection } from '../redis/connect-redis.ts';
import { createLimiter, type DescribedRateLimiter } from './rate-limiter.ts';

/**
 * Counts for all processes that share this Redis. While it does not answer, each counts for itself: limits are there to
 * protect the service, so they do not stop it.
 */
export function createRedisLimiter({ client }: RedisConnection): DescribedRateLimiter {
  return createLimiter(
    ({ requests, seconds }) =>
      new RateLimiterRedis({
        storeClient: client,
        keyPrefix: 'synap:rate',
        points: requests,
        duration: seconds,
        insuranceLimiter: new RateLimiterMemory({ points: requests, duration: seconds }),
      }),
    () => (client.status === 'ready' ? 'counted in Redis' : 'counted in this process while Redis does not answer'),
  );
}
