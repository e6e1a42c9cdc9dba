import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { connectRedis, type RedisConnection } from '../redis/connect-redis.ts';
import { createMemoryLimiter, type DescribedRateLimiter } from './rate-limiter.ts';
import { createRedisLimiter } from './redis-limiter.ts';

const redisUrl = process.env.SYNAP_TEST_REDIS_URL ?? '';
const RATE = { requests: 3, seconds: 60 };

const opened: RedisConnection[] = [];
afterEach(() => {
  for (const connection of opened.splice(0)) connection.close();
});

async function overRedis(url = redisUrl): Promise<DescribedRateLimiter> {
  const connection = await connectRedis({ url, onLost: () => undefined, onBack: () => undefined });
  opened.push(connection);
  return createRedisLimiter(connection);
}

const kinds = [
  { name: 'in this process', isAvailable: true, open: async () => createMemoryLimiter() },
  { name: 'in Redis (set SYNAP_TEST_REDIS_URL)', isAvailable: redisUrl !== '', open: () => overRedis() },
];

for (const { name, isAvailable, open } of kinds) {
  describe.skipIf(!isAvailable)(`limits that are counted ${name}`, () => {
    test('let as many through as they say, of those who come at once, and tell the rest when to come back', async () => {
      const limiter = await open();
      const key = randomUUID();
      const waits = await Promise.all(Array.from({ length: 8 }, () => limiter.take(key, RATE)));
      expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
      for (const wait of waits.filter((each) => each !== 0)) {
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(60);
      }
    });

    test('are of each key alone, and can begin again', async () => {
      const limiter = await open();
      const [one, other] = [randomUUID(), randomUUID()];
      for (let request = 0; request < 4; request += 1) await limiter.take(one, RATE);
      expect(await limiter.take(other, RATE)).toBe(0);
      expect(await limiter.take(one, RATE)).toBeGreaterThan(0);
      await limiter.reset(one, RATE);
      expect(await limiter.take(one, RATE)).toBe(0);
    });
  });
}

test.skipIf(redisUrl === '')('two servers with one Redis count together (set SYNAP_TEST_REDIS_URL)', async () => {
  const [one, other] = [await overRedis(), await overRedis()];
  const key = randomUUID();
  const waits = [];
  for (const limiter of [one, other, one, other]) waits.push(await limiter.take(key, RATE));
  expect(waits.map((wait) => wait === 0)).toEqual([true, true, true, false]);
});

test('while Redis does not answer, limits are counted here, and nobody waits for it', async () => {
  const limiter = await overRedis('redis://127.0.0.1:1');
  const startedAt = performance.now();
  const waits = [];
  for (let request = 0; request < 4; request += 1) waits.push(await limiter.take('somebody', RATE));
  expect(waits.map((wait) => wait === 0)).toEqual([true, true, true, false]);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});
