import { once } from 'node:events';
import type { Rate, RateLimiter } from '@synap/api';
import { Redis } from 'ioredis';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 2000;

/** A limiter that is closed when the server ends. */
export interface ClosableRateLimiter extends RateLimiter {
  close(): Promise<void>;
  /** Where it counts at this moment, in words. */
  describe(): string;
}

/** Counts in this process. */
export function createMemoryLimiter(): ClosableRateLimiter {
  return createLimiter(({ requests, seconds }) => new RateLimiterMemory({ points: requests, duration: seconds }), {
    close: async () => undefined,
    describe: () => 'counted in this process',
  });
}

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

function createLimiter(
  make: (rate: Rate) => RateLimiterAbstract,
  rest: Pick<ClosableRateLimiter, 'close' | 'describe'>,
): ClosableRateLimiter {
  const counters = new Map<string, RateLimiterAbstract>();
  const counterOf = (rate: Rate): RateLimiterAbstract => {
    const name = `${rate.requests}/${rate.seconds}`;
    const counter = counters.get(name) ?? make(rate);
    counters.set(name, counter);
    return counter;
  };
  return {
    ...rest,
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
