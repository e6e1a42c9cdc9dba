import type { Rate, RateLimiter } from '@synap/api';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** A limiter that says where it counts. */
export interface DescribedRateLimiter extends RateLimiter {
  /** Where it counts at this moment, in words. */
  describe(): string;
}

/** Counts in this process. */
export function createMemoryLimiter(): DescribedRateLimiter {
  return createLimiter(
    ({ requests, seconds }) => new RateLimiterMemory({ points: requests, duration: seconds }),
    () => 'counted in this process',
  );
}

/** Counts by whatever counts for one rate. */
export function createLimiter(make: (rate: Rate) => RateLimiterAbstract, describe: () => string): DescribedRateLimiter {
  const counters = new Map<string, RateLimiterAbstract>();
  const counterOf = (rate: Rate): RateLimiterAbstract => {
    const name = `${rate.requests}/${rate.seconds}`;
    const counter = counters.get(name) ?? make(rate);
    counters.set(name, counter);
    return counter;
  };
  return {
    describe,
    take: async (key, rate, count = 1) => {
      try {
        await counterOf(rate).consume(key, count);
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
