import type { Rate, RateLimiter } from '@synap/api';
import { Redis } from 'ioredis';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

/** A limiter that is closed when the server ends. */
export interface ClosableRateLimiter extends RateLimiter {
  close(): Promise<void>;
}

/** Counts in this process. */
export function createMemoryLimiter(): ClosableRateLimiter {
  return createLimiter(
    ({ requests, seconds }) => new RateLimiterMemory({ points: requests, duration: seconds }),
    async () => undefined,
  );
}

/**
 * Counts for all processes that share this Redis. While it does not answer, each counts for itself: limits are there to
 * protect the service, so they do not stop it.
 */
export function createRedisLimiter(options: {
  url: string;
  /** Told when the connection breaks; it is made again by itself. */
  onConnectionLost: (error: Error) => void;
}): ClosableRateLimiter {
  // A command that waits for a connection would keep a request waiting.
  const redis = new Redis(options.url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 500 });
  redis.on('error', options.onConnectionLost);
  return createLimiter(
    ({ requests, seconds }) =>
      new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: 'synap:rate',
        points: requests,
        duration: seconds,
        insuranceLimiter: new RateLimiterMemory({ points: requests, duration: seconds }),
      }),
    async () => redis.disconnect(),
  );
}

function createLimiter(make: (rate: Rate) => RateLimiterAbstract, close: () => Promise<void>): ClosableRateLimiter {
  const counters = new Map<string, RateLimiterAbstract>();
  const counterOf = (rate: Rate): RateLimiterAbstract => {
    const name = `${rate.requests}/${rate.seconds}`;
    const counter = counters.get(name) ?? make(rate);
    counters.set(name, counter);
    return counter;
  };
  return {
    close,
    take: async (key, rate) => {
      try {
        await counterOf(rate).consume(key);
        return 0;
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      }
    },
    reset: async (key, rate) => {
      await counterOf(rate).delete(key);
    },
  };
}
