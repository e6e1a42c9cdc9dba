import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cache, type CacheEntry, createSecretBox } from '@synap/core';
import { type Database, readCacheFence, selectRows } from '@synap/database';
import { testDatabases } from '@synap/database/testing';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectRedis, type RedisConnection } from '../redis/connect-redis.ts';
import { type NetworkLink, openNetworkLink } from '../testing/network-link.ts';
import { hasRedisServer, type RedisProcess, startRedis } from '../testing/redis-process.ts';
import { createCacheFence } from './cache-fence.ts';
import { createRedisCache } from './redis-cache.ts';
import { createRedisSlots } from './redis-slots.ts';

/*
 * A checker, like a small Jepsen: registers in a database count up, several instances write and read them through caches
 * of their own in one Redis, and each read is held to what was answered to writers before it began. An instance has what
 * a process has: a connection to Redis over a link of its own, permits of its own, a fence of its own.
 */

const INSTANCES = 3;
const READERS_PER_INSTANCE = 3;
const REGISTERS = 2;
const CALM_MS = 1_000;
const TROUBLE_MS = 4_000;
/** Long enough that most reads find something kept. */
const WRITE_PAUSE_MAX_MS = 250;
/** At the least, however busy the machine is. */
const WRITES = 30;
/** So many come from a cache before the next trouble begins, so that there is something that could be old. */
const CACHED_READS = 20;
/** Shorter than in earnest, so that a fence goes up and comes down several times in a test. */
const TIMES = { permitMs: 200, fenceMs: 500 };

interface Instance {
  readonly cache: Cache;
  readonly connection: RedisConnection;
  readonly link: NetworkLink;
}

/** A register, and what is known of it. */
interface Register {
  readonly id: number;
  readonly entry: CacheEntry;
  /** The latest version that a writer was told of. */
  answered: number;
  /** The latest that anybody has seen. */
  seen: number;
}

interface Account {
  reads: number;
  fromDatabase: number;
  writes: number;
  /** Reads that gave less than had been answered to a writer before they began. */
  readonly stale: string[];
  /** Reads that gave less than another that had ended before they began. */
  readonly backwards: string[];
}

// On a server if there is one: more happens at once there.
const kinds = testDatabases(process.env.SYNAP_TEST_DATABASE_URL).filter(({ isAvailable }) => isAvailable);
for (const kind of kinds.slice(-1)) {
  describe.skipIf(!hasRedisServer())(`instances with caches in one Redis, ${kind.name} (needs redis-server)`, () => {
    let database: Database;
    let redis: RedisProcess;
    const instances: Instance[] = [];

    beforeAll(async () => {
      [database, redis] = await Promise.all([kind.open(), startRedis()]);
      await database.queries.execute(sql`create table registers (id int primary key, version int not null)`);
      for (let index = 0; index < INSTANCES; index += 1) instances.push(await openInstance(database, redis.port));
    });
    afterAll(async () => {
      for (const { connection, link } of instances) {
        connection.close();
        link.close();
      }
      await Promise.all([database.close(), redis.close()]);
    });

    test('read what was answered before, and never go back, whoever writes', async () => {
      const account = newAccount();
      await readAndWrite({ database, instances, account, goesOn: goesOnFor(CALM_MS) });
      expect(account).toMatchObject({ stale: [], backwards: [] });
      expect(account.fromDatabase).toBeLessThan(account.reads);
    }, 30_000);

    test('read nothing that Redis brings back after a crash', async () => {
      const { entry, row, load } = aRow();
      await keepIn(first(), entry, load);
      await redis.save();
      await first().cache.change([entry], async () => {
        row.version = 2;
      });
      await redis.kill();
      await redis.start();
      for (const { connection } of instances) await expect.poll(() => connection.client.status).toBe('ready');
      for (const { cache } of instances) expect(await cache.read(entry, load)).toBe(2);
    });

    test('read nothing old when one of them has changed it that cannot reach Redis, neither then nor later', async () => {
      const { entry, row, load } = aRow();
      const [cutOff, other] = [first(), instances[1] ?? fail()];
      await keepIn(other, entry, load);
      cutOff.link.cut();
      await cutOff.cache.change([entry], async () => {
        row.version = 2;
      });
      expect(await other.cache.read(entry, load)).toBe(2);
      cutOff.link.mend();
      await expect.poll(async () => (await readCacheFence(database.queries)).isRaised).toBe(false);
      for (let time = 0; time < 3; time += 1) expect(await other.cache.read(entry, load)).toBe(2);
    });

    test('read nothing old when one of them is cut off in the middle of a change', async () => {
      const { entry, row, load } = aRow();
      const [cutOff, other] = [first(), instances[1] ?? fail()];
      await expect.poll(() => cutOff.connection.client.status).toBe('ready');
      await keepIn(other, entry, load);
      await cutOff.cache.change([entry], async () => {
        cutOff.link.stall();
        // As if Redis had lost what it was told: somebody keeps what is there before the commit.
        await redis.kill();
        await redis.start();
        await expect.poll(() => other.connection.client.status).toBe('ready');
        await keepIn(other, entry, load);
        row.version = 2;
      });
      expect(await other.cache.read(entry, load)).toBe(2);
      cutOff.link.cut();
      cutOff.link.mend();
    });

    test('read what was answered before while Redis dies, comes back with what it had, and is out of reach for some', async () => {
      const seed = randomInt(1_000_000);
      const account = newAccount();
      let isTroubled = true;
      const trouble = makeTrouble({ redis, instances, seed, account, goesOn: goesOnFor(TROUBLE_MS) });
      await Promise.all([
        trouble.finally(() => {
          isTroubled = false;
        }),
        readAndWrite({ database, instances, account, goesOn: () => isTroubled }),
      ]);
      expect({ seed, stale: account.stale }).toEqual({ seed, stale: [] });
      expect(account.fromDatabase).toBeLessThan(account.reads);
    }, 60_000);

    test('keep things again when all is well again', async () => {
      for (const instance of instances) {
        const { entry, load } = aRow();
        await keepIn(instance, entry, load);
      }
    }, 30_000);

    const first = (): Instance => instances[0] ?? fail();
  });
}

const newAccount = (): Account => ({ reads: 0, fromDatabase: 0, writes: 0, stale: [], backwards: [] });

function goesOnFor(durationMs: number): () => boolean {
  const until = performance.now() + durationMs;
  return () => performance.now() < until;
}

/** A row that no writer of the checker knows. */
function aRow() {
  const row = { version: 1, reads: 0 };
  const load = async () => {
    row.reads += 1;
    return row.version;
  };
  return { entry: { name: `row:${randomUUID()}`, keepMs: 60_000 }, row, load };
}

/** Reads until it is read from the cache. */
async function keepIn({ cache }: Instance, entry: CacheEntry, load: () => Promise<number>): Promise<void> {
  const isKept = async (): Promise<boolean> => {
    let isRead = false;
    await cache.read(entry, async () => {
      isRead = true;
      return load();
    });
    return !isRead;
  };
  await expect.poll(isKept, { timeout: 10_000 }).toBe(true);
}

async function openInstance(database: Database, redisPort: number): Promise<Instance> {
  const link = await openNetworkLink(redisPort);
  const url = `redis://127.0.0.1:${link.port}`;
  const connection = await connectRedis({ url, onLost: () => undefined, onBack: () => undefined });
  const cache = createRedisCache({
    slots: createRedisSlots(connection.client),
    fence: createCacheFence(database.queries, TIMES),
    box: createSecretBox({ secret: 'a secret of this test only' }),
  });
  return { cache, connection, link };
}

/** Every instance has one writer and several readers, all of the same registers; what they see goes into the account. */
async function readAndWrite({
  database,
  instances,
  account,
  goesOn,
}: {
  database: Database;
  instances: readonly Instance[];
  account: Account;
  goesOn: () => boolean;
}): Promise<void> {
  const { queries } = database;
  const registers = await Promise.all(
    Array.from({ length: REGISTERS }, async (): Promise<Register> => {
      const id = randomInt(2 ** 31);
      await queries.execute(sql`insert into registers values (${id}, 0)`);
      return { id, entry: { name: `register:${id}`, keepMs: 60_000 }, answered: 0, seen: 0 };
    }),
  );
  const anyRegister = (): Register => registers[randomInt(REGISTERS)] ?? fail();

  const read = async (cache: Cache): Promise<void> => {
    const register = anyRegister();
    const { answered, seen } = register;
    const version = await cache.read(register.entry, async () => {
      account.fromDatabase += 1;
      const read = await readVersion(database, register.id);
      await maybeDelay(80);
      return read;
    });
    account.reads += 1;
    if (version < answered) account.stale.push(`register ${register.id}: ${version} after ${answered} was answered`);
    if (version < seen) account.backwards.push(`register ${register.id}: ${version} after ${seen} was seen`);
    register.seen = Math.max(register.seen, version);
  };
  const write = async (cache: Cache): Promise<void> => {
    const register = anyRegister();
    const version = await cache.change([register.entry], async () => {
      const [row] = await selectRows<{ version: number }>(
        queries,
        sql`update registers set version = version + 1 where id = ${register.id} returning version`,
      );
      await maybeDelay(20);
      return row?.version ?? fail();
    });
    account.writes += 1;
    register.answered = Math.max(register.answered, version);
    register.seen = Math.max(register.seen, version);
  };
  const repeat = async (work: () => Promise<void>, pause: () => Promise<void>): Promise<void> => {
    while (goesOn() || account.writes < WRITES) {
      await work();
      await pause();
    }
  };
  await Promise.all(
    instances.flatMap(({ cache }) => [
      repeat(
        () => write(cache),
        () => delay(randomInt(WRITE_PAUSE_MAX_MS)),
      ),
      ...Array.from({ length: READERS_PER_INSTANCE }, () =>
        repeat(
          () => read(cache),
          () => delay(randomInt(2)),
        ),
      ),
    ]),
  );
}

async function readVersion({ queries }: Database, id: number): Promise<number> {
  const [row] = await selectRows<{ version: number }>(queries, sql`select version from registers where id = ${id}`);
  return row?.version ?? fail();
}

/** What can happen to Redis and the way to it, one after the other, in an order that the seed gives. */
async function makeTrouble({
  redis,
  instances,
  seed,
  account,
  goesOn,
}: {
  redis: RedisProcess;
  instances: readonly Instance[];
  seed: number;
  account: Account;
  goesOn: () => boolean;
}): Promise<void> {
  const next = randomNumbers(seed);
  const one = (): Instance => instances[next(instances.length)] ?? fail();
  const breakLink = async (how: 'cut' | 'stall'): Promise<void> => {
    const { link } = one();
    link[how]();
    // Longer and shorter than a command is waited for.
    await delay(20 + next(600));
    link.mend();
  };
  const troubles = [
    () => breakLink('cut'),
    () => breakLink('stall'),
    async () => {
      await redis.kill();
      await delay(next(200));
      await redis.start();
    },
    // What it comes back with is what it had a while ago.
    async () => {
      await redis.save();
      await delay(next(300));
      await redis.kill();
      await redis.start();
    },
  ];
  const cachedReads = (): number => account.reads - account.fromDatabase;
  while (goesOn()) {
    await troubles[next(troubles.length)]?.();
    // Now and then the next comes while the last is not over; else caches are read again before.
    if (next(3) === 0) {
      await delay(next(400));
      continue;
    }
    const before = cachedReads();
    await expect.poll(cachedReads, { timeout: 20_000, interval: 20 }).toBeGreaterThan(before + CACHED_READS);
  }
}

/** The same numbers for the same seed (mulberry32, Tommy Ettinger, public domain). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Some are slow, so that others come in between. */
async function maybeDelay(maxMs: number): Promise<void> {
  if (randomInt(5) === 0) await delay(randomInt(maxMs));
}

function fail(): never {
  throw new Error('There is no such register or instance.');
}
