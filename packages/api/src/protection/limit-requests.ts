import { RateLimited } from '@synap/domain';
import type { Session } from '../request/session.ts';
import type { Rate, RateLimiter, RequestRates } from './rate-limiter.ts';

/** Limits, and who counts. */
export interface RequestLimits {
  readonly limiter: RateLimiter;
  readonly rates: RequestRates;
}

/**
 * Counts a request of this caller.
 * @param count how many it stands for, as a batch does.
 * @param address where it came from, if that is known.
 * @throws {RateLimited} if it is one too many.
 */
export async function limitRequest(
  { limiter, rates }: RequestLimits,
  { session, address, count }: { session: Session | null; address: string | undefined; count: number },
): Promise<void> {
  if (session === null) {
    if (address !== undefined) await take(limiter, `address:${address}`, rates.perAddress, count);
    return;
  }
  if (session.isUnlimited) return;
  await take(limiter, `caller:${session.actor.kind}:${session.actor.id}`, rates.perCaller, count);
  await take(limiter, `user:${session.userId}`, rates.perUser, count);
}

async function take(limiter: RateLimiter, key: string, rate: Rate | undefined, count: number): Promise<void> {
  if (rate === undefined) return;
  const retryAfterSeconds = await limiter.take(key, rate, count);
  if (retryAfterSeconds === 0) return;
  const limit = `${rate.requests} requests in ${rate.seconds} s`;
  throw new RateLimited(`These were too many requests: the limit is ${limit}.`, { retryAfterSeconds });
}
