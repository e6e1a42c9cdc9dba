import { EventEmitter, once } from 'node:events';
import { type EntityDelta, EntityId, UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database, Queryable } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { loadEntityForChange } from '../projection/load-for-change.ts';
import { addUser } from '../projection/users.ts';
import { logDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { subscribeDurably } from './durable-subscriber.ts';
import { type EventLog, openEventLog } from './event-log.ts';

const CREATED: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'A note', given: [] } };
const renamed = (newValue: string): EntityDelta => ({
  type: 'entity.title_changed',
  data: { oldValue: 'A note', newValue },
});
const SHARED_STREAMS = 4;
const APPENDS = 12;

for (const kind of logDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`subscriptions ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    const userId = UserId.parse(newId());

    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
      await addUser(database, { id: userId, now: new Date() });
      await create();
    });
    afterAll(() => database.close());

    const create = (within?: Queryable) => {
      const write = { userId, id: EntityId.parse(newId()), before: null, deltas: [CREATED, renamed('x')] };
      return writeEntity({ database, log }, within === undefined ? write : { ...write, within });
    };

    /** Reads on until it is told to stop; every position that it was given. */
    const follow = (after: bigint, pollIntervalMs = 20) => {
      const seen: bigint[] = [];
      const control = new AbortController();
      const heard = new EventEmitter();
      const reading = (async () => {
        for await (const event of log.subscribe({ after, signal: control.signal, pollIntervalMs })) {
          seen.push(event.position);
          heard.emit('event');
        }
      })();
      return {
        seen,
        heard,
        until: async (position: bigint) => {
          while ((seen.at(-1) ?? after) < position) await Promise.race([once(heard, 'event'), reading]);
        },
        stop: async () => {
          control.abort();
          await reading;
        },
      };
    };

    const positionsAfter = async (after: bigint): Promise<bigint[]> => {
      const rows = await selectRows<{ position: string | number | bigint }>(
        database.queries,
        sql`select position from events where position > ${after} order by position`,
      );
      return rows.map(({ position }) => BigInt(position));
    };

    test('16 writers, long and aborted transactions, lost connections: each subscriber sees each position once, in order', async () => {
      const start = await log.readWatermark();
      const shared = await Promise.all(Array.from({ length: SHARED_STREAMS }, () => create()));
      const readers = [follow(start), follow(0n)];
      const writer = async (number: number): Promise<void> => {
        for (let count = 0; count < APPENDS; count += 1) {
          const turn = (number + count) % 4;
          await persistently(async () => {
            if (turn === 0) await create();
            else if (turn === 1) await changeShared(shared[(number * 7 + count) % SHARED_STREAMS]?.id);
            else await inTransaction({ isAborted: turn === 3 });
          });
          if (number === 0 && count === 3) readers.push(follow(await watermark()));
          if (number === 1 && count === 6) await persistently(cutConnections);
        }
      };
      await Promise.all(Array.from({ length: 16 }, (_, number) => writer(number)));
      // The last word: nothing is on its way any more.
      await persistently(create);
      const all = await positionsAfter(0n);
      try {
        for (const reader of readers) await reader.until(all.at(-1) ?? 0n);
      } finally {
        for (const reader of readers) await reader.stop();
      }
      const [fromStart, fromBeginning, fromMiddle] = readers.map(({ seen }) => seen);
      expect(fromStart).toEqual(all.filter((position) => position > start));
      expect(fromBeginning).toEqual(all);
      expect(fromMiddle).toEqual(all.slice(all.length - (fromMiddle?.length ?? 0)));
      expect(fromMiddle?.length).toBeGreaterThan(0);
    });

    const watermark = async (): Promise<bigint> => {
      let found = 0n;
      await persistently(async () => {
        found = await log.readWatermark();
      });
      return found;
    };

    /** On one session nothing can happen meanwhile; on a server, transactions end out of order. */
    const inTransaction = async ({ isAborted }: { isAborted: boolean }): Promise<void> => {
      const transaction = database.queries.transaction(async (session) => {
        await create(session);
        if (kind.hasConcurrentTransactions) await session.execute(sql`select pg_sleep(random() * 0.03)`);
        if (isAborted) throw new Error('aborted on purpose');
      });
      await transaction.catch((error: unknown) => {
        if (!(error instanceof Error && error.message === 'aborted on purpose')) throw error;
      });
    };

    const changeShared = async (id: EntityId | undefined): Promise<void> => {
      if (id === undefined) return;
      const before = await loadEntityForChange({ database, log }, userId, id);
      await writeEntity({ database, log }, { userId, id, before, deltas: [renamed(newId())] });
    };

    const cutConnections = async (): Promise<void> => {
      if (!kind.hasConcurrentTransactions) return;
      await database.queries.execute(
        sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
      );
    };

    /** A conflict or a connection that was cut ends one attempt, not the writer. */
    const persistently = async (work: () => Promise<unknown>): Promise<void> => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          await work();
          return;
        } catch (error) {
          if (attempt === 50) throw error;
        }
      }
    };

    test('what is appended in this process is heard at once, however seldom the log is polled', async () => {
      const reader = follow(await log.readWatermark(), 60_000);
      const heard = once(reader.heard, 'event');
      await create();
      await heard;
      await reader.stop();
    });

    test('a durable subscriber goes on where it stopped, and is given again what it could not do', async () => {
      const handled: bigint[] = [];
      let fails = 2;
      const start = (owner: string) =>
        subscribeDurably({
          name: 'test',
          owner,
          queries: database.queries,
          log,
          filter: { userId, types: ['entity.created'] },
          handle: async ({ position }) => {
            fails -= 1;
            if (fails === 0) throw new Error('fails on purpose');
            handled.push(position);
          },
          pollIntervalMs: 10,
          onError: (error) => {
            if (!String(error).includes('on purpose')) throw error;
          },
        });
      const wanted = async () =>
        (await log.readAll({ after: 0n, limit: 10_000, filter: { userId, types: ['entity.created'] } })).events.map(
          ({ position }) => position,
        );
      const first = start('one');
      while (new Set(handled).size < (await wanted()).length) await first.drained();
      await first.stop();
      expect([...new Set(handled)]).toEqual(await wanted());
      const before = handled.length;
      await create();
      const second = start('two');
      await second.drained();
      await second.stop();
      expect(handled.slice(before)).toEqual((await wanted()).slice(-1));
    });

    test('one that begins now is given nothing from before, what comes while it rests as one, and all of it across a stop', async () => {
      const pages: bigint[][] = [];
      const start = () =>
        subscribeDurably({
          name: 'from now on',
          owner: 'one',
          queries: database.queries,
          log,
          filter: { userId, types: ['entity.created'] },
          beginsNow: true,
          restMs: 60_000,
          handlePage: async (events) => {
            pages.push(events.map(({ position }) => position));
          },
          pollIntervalMs: 10,
          onError: (error) => {
            throw error;
          },
        });
      const first = start();
      await first.drained();
      expect(pages).toEqual([]);
      for (let count = 0; count < 3; count += 1) await create();
      await first.drained();
      expect(pages.map(({ length }) => length)).toEqual([3]);
      await first.stop();
      await create();
      const second = start();
      await second.drained();
      await second.stop();
      expect(pages.map(({ length }) => length)).toEqual([3, 1]);
    });

    test('of two processes one at a time reads for a name, and the other takes over', async () => {
      const handled: string[] = [];
      const start = (owner: string) =>
        subscribeDurably({
          name: 'shared',
          owner,
          queries: database.queries,
          log,
          filter: { userId, types: ['entity.created'] },
          handle: async ({ position }) => {
            handled.push(`${owner} ${position}`);
          },
          pollIntervalMs: 10,
          onError: (error) => {
            throw error;
          },
        });
      const one = start('one');
      await one.drained();
      const two = start('two');
      await create();
      await two.drained();
      await one.drained();
      expect(handled.every((entry) => entry.startsWith('one'))).toBe(true);
      await one.stop();
      await create();
      await two.drained();
      await two.stop();
      expect(handled.filter((entry) => entry.startsWith('two'))).toHaveLength(1);
      expect(new Set(handled.map((entry) => entry.slice(4))).size).toBe(handled.length);
    });
  });
}
