import { randomUUID } from 'node:crypto';
import { type Cache, type CacheEntry, createSecretBox } from '@synap/core';
import { type Database, readCacheFence } from '@synap/database';
import { openNewPglite } from '@synap/database/testing';
import { ConcurrencyConflict, UserId } from '@synap/domain';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectRedis, type RedisConnection } from '../redis/connect-redis.ts';
import { createCacheFence, type FenceTimes } from './cache-fence.ts';
import { createMemoryCache } from './memory-cache.ts';
import { createRedisCache } from './redis-cache.ts';
import { createRedisSlots } from './redis-slots.ts';

const redisUrl = process.env.SYNAP_TEST_REDIS_URL ?? '';
/** Long enough for a machine that is busy. */
const TIMES = { permitMs: 10_000, fenceMs: 40_000 };
/** For tests that wait for it. */
const SHORT_TIMES = { permitMs: 200, fenceMs: 8_000 };
const SECRET = 'a secret of this test only';

let database: Database;
const connections: RedisConnection[] = [];

beforeAll(async () => {
  database = await openNewPglite();
});
afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
});
afterAll(() => database.close());

/** What one process has of the cache. */
async function openInRedis({ url = redisUrl, secret = SECRET, times = TIMES } = {}): Promise<Cache> {
  const connection = await connectRedis({ url, onLost: () => undefined, onBack: () => undefined });
  connections.push(connection);
  return createRedisCache({
    slots: createRedisSlots(connection.client),
    fence: createCacheFence(database.queries, times),
    box: createSecretBox({ secret }),
  });
}

const newUserId = (): UserId => UserId.parse(`01890000-0000-7000-8000-${randomUUID().slice(-12)}`);
const entryOf = (userId = newUserId(), keepMs = 60_000): CacheEntry => ({
  name: `user:${userId}:entity:${randomUUID()}`,
  keepMs,
});

/** A row that is read through a cache. */
function aRow(value: unknown = 'first') {
  const row = { value, reads: 0 };
  const load = async () => {
    row.reads += 1;
    return row.value;
  };
  return { row, load };
}

const kinds: { name: string; isAvailable: boolean; open: (options?: { times?: FenceTimes }) => Promise<Cache> }[] = [
  { name: 'in this process', isAvailable: true, open: async () => createMemoryCache() },
  { name: 'in Redis (set SYNAP_TEST_REDIS_URL)', isAvailable: redisUrl !== '', open: openInRedis },
];

for (const { name, isAvailable, open } of kinds) {
  describe.skipIf(!isAvailable)(`a cache ${name}`, () => {
    test('reads a thing once, and gives it as it was read', async () => {
      const cache = await open();
      const [entry, value] = [entryOf(), { title: 'Grüße 🌍', tags: ['a'], task: null, size: 0 }];
      const { row, load } = aRow(value);
      for (let time = 0; time < 3; time += 1) expect(await cache.read(entry, load)).toEqual(value);
      expect(row.reads).toBe(1);
    });

    test('does not keep what is not there, what may not be kept, what is too large, nor what could not be read', async () => {
      const cache = await open();
      const missing = { entry: entryOf(), ...aRow(null) };
      const young = { entry: entryOf(), ...aRow('young') };
      const large = { entry: entryOf(), ...aRow('x'.repeat(300_000)) };
      for (let time = 0; time < 2; time += 1) {
        expect(await cache.read(missing.entry, missing.load)).toBeNull();
        expect(await cache.read(young.entry, young.load, () => false)).toBe('young');
        expect(await cache.read(large.entry, large.load)).toHaveLength(300_000);
      }
      expect([missing.row.reads, young.row.reads, large.row.reads]).toEqual([2, 2, 2]);
      const entry = entryOf();
      await expect(cache.read(entry, () => Promise.reject(new Error('on purpose')))).rejects.toThrow('on purpose');
      expect(await cache.read(entry, async () => 'there')).toBe('there');
    });

    test('reads again what was changed', async () => {
      const cache = await open();
      const [entry, { row, load }] = [entryOf(), aRow()];
      await cache.read(entry, load);
      await cache.change([entry, entryOf()], async () => {
        row.value = 'second';
      });
      expect(await cache.read(entry, load)).toBe('second');
      expect(await cache.read(entry, load)).toBe('second');
      expect(row.reads).toBe(2);
    });

    test('does not keep what was read before a change, however late that comes', async () => {
      const cache = await open();
      const [entry, { row, load }] = [entryOf(), aRow()];
      let arrive: () => void = () => undefined;
      const late = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      let hasRead: () => void = () => undefined;
      const read = new Promise<void>((resolve) => {
        hasRead = resolve;
      });
      const slow = cache.read(entry, async () => {
        const value = await load();
        hasRead();
        await late;
        return value;
      });
      await read;
      await cache.change([entry], async () => {
        row.value = 'second';
      });
      arrive();
      expect(await slow).toBe('first');
      expect(await cache.read(entry, load)).toBe('second');
    });

    test('gives and keeps nothing while it is being changed, by several at once too', async () => {
      const cache = await open();
      const [entry, { row, load }] = [entryOf(), aRow()];
      await cache.read(entry, load);
      await cache.change([entry], async () => {
        await cache.change([entry], async () => undefined);
        await cache.read(entry, load);
        await cache.read(entry, load);
        row.value = 'second';
      });
      expect(row.reads).toBe(3);
      expect(await cache.read(entry, load)).toBe('second');
    });

    test('goes on after a change that was refused', async () => {
      const cache = await open();
      const [entry, { row, load }] = [entryOf(), aRow()];
      const refusal = new ConcurrencyConflict({ aggregateId: 'x', expectedVersion: 1, currentVersion: 2 });
      await expect(cache.change([entry], () => Promise.reject(refusal))).rejects.toBe(refusal);
      await cache.read(entry, load);
      await cache.read(entry, load);
      expect(row.reads).toBe(1);
    });

    test('keeps nothing beyond its time', async () => {
      const cache = await open();
      const [entry, { row, load }] = [entryOf(newUserId(), 30), aRow()];
      await cache.read(entry, load);
      await expect.poll(async () => cache.read(entry, load).then(() => row.reads)).toBe(2);
    });

    test('forgets what is one user’s, and nothing of another', async () => {
      const cache = await open();
      const [ann, ben] = [newUserId(), newUserId()];
      const [hers, his] = [
        { entry: entryOf(ann), ...aRow() },
        { entry: entryOf(ben), ...aRow() },
      ];
      await cache.read(hers.entry, hers.load);
      await cache.read(his.entry, his.load);
      expect(await cache.count(ann)).toBe(1);
      expect(await cache.forget(ann)).toBe(1);
      expect(await cache.count(ann)).toBe(0);
      expect(await cache.forget(ann)).toBe(0);
      await cache.read(hers.entry, hers.load);
      await cache.read(his.entry, his.load);
      expect([hers.row.reads, his.row.reads]).toEqual([2, 1]);
    });

    test('forgets everything', async () => {
      const cache = await open({ times: SHORT_TIMES });
      const [entry, { row, load }] = [entryOf(), aRow()];
      await cache.read(entry, load);
      await cache.clear();
      await cache.read(entry, load);
      expect(row.reads).toBe(2);
    });
  });
}

test('a cache in this process keeps to its bytes: what was not read for the longest goes first', async () => {
  const cache = createMemoryCache({ maxBytes: 10_000 });
  const rows = Array.from({ length: 20 }, () => ({ entry: entryOf(), ...aRow('x'.repeat(400)) }));
  for (const { entry, load } of rows) await cache.read(entry, load);
  for (const { entry, load } of [...rows].reverse()) await cache.read(entry, load);
  const reads = rows.map(({ row }) => row.reads);
  expect(reads.at(-1)).toBe(1);
  expect(reads[0]).toBe(2);
});

describe.skipIf(redisUrl === '')('several processes with a cache in Redis (set SYNAP_TEST_REDIS_URL)', () => {
  test('share what is kept, and see at once what one of them has changed', async () => {
    const [one, other] = [await openInRedis(), await openInRedis()];
    const [entry, { row, load }] = [entryOf(), aRow()];
    await one.read(entry, load);
    expect(await other.read(entry, load)).toBe('first');
    expect(row.reads).toBe(1);
    await one.change([entry], async () => {
      row.value = 'second';
    });
    expect(await other.read(entry, load)).toBe('second');
  });

  test('give nothing old of what one was changing that died', async () => {
    const [dying, other] = [await openInRedis(), await openInRedis()];
    const [entry, { row, load }] = [entryOf(), aRow()];
    await other.read(entry, load);
    const died = dying.change([entry], async () => {
      row.value = 'second';
      throw new Error('killed after its commit');
    });
    await expect(died).rejects.toThrow('killed');
    for (let time = 0; time < 2; time += 1) expect(await other.read(entry, load)).toBe('second');
  });

  test('cannot read what is kept without the secret, and take nothing that another has put there', async () => {
    const [own, foreign] = [await openInRedis(), await openInRedis({ secret: 'another secret of this test' })];
    const [entry, { load }] = [entryOf(), aRow('a thought of mine')];
    await own.read(entry, load);
    const [connection] = connections;
    const key = `synap:cache:${entry.name}`;
    const there = (await connection?.client.get(key)) ?? '';
    expect(there).toMatch(/^=/);
    expect(there).not.toContain('thought');
    expect(await foreign.read(entry, async () => 'read again')).toBe('read again');
    const moved = entryOf();
    await connection?.client.set(`synap:cache:${moved.name}`, there);
    expect(await own.read(moved, async () => 'its own')).toBe('its own');
  });
});

test('without Redis everything is read and changed all the same, at once but for the first change', async () => {
  const cache = await openInRedis({ url: 'redis://127.0.0.1:1', times: SHORT_TIMES });
  const [entry, { row, load }] = [entryOf(), aRow()];
  const before = await readCacheFence(database.queries);
  for (let time = 0; time < 2; time += 1) await cache.read(entry, load);
  expect(row.reads).toBe(2);
  await cache.change([entry], async () => undefined);
  const startedAt = performance.now();
  for (let time = 0; time < 5; time += 1) await cache.change([entry], async () => undefined);
  expect(performance.now() - startedAt).toBeLessThan(SHORT_TIMES.permitMs);
  expect(await cache.forget(newUserId())).toBeNull();
  expect(cache.describe()).toContain('does not answer');
  const after = await readCacheFence(database.queries);
  expect(after.isRaised).toBe(true);
  expect(after.generation).not.toBe(before.generation);
});
