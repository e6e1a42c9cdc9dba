import { EventEmitter, once } from 'node:events';
import { type EntityDelta, EntityId, UserId } from '@synap/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database, Queryable, Transaction } from '../connection/database.ts';
import type { Sources } from '../projection/load-for-change.ts';
import { addUser } from '../projection/users.ts';
import { logDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { type EventLog, openEventLog } from './event-log.ts';

const CREATED: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'A note', given: [] } };

/*
 * Each test holds one transaction open while another commits, so it needs a database with more than one session. The
 * order of what happens is forced, not left to chance; `event-log.integration.test.ts` leaves it to chance.
 */
for (const kind of logDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  if (!kind.hasConcurrentTransactions) continue;
  describe.skipIf(!kind.isAvailable)(`the watermark ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    let sources: Sources;
    const userId = UserId.parse(newId());

    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
      sources = { database, log };
      await addUser(database, { id: userId, now: new Date(0) });
      // Whoever makes a hypertable's chunk holds up the others until it commits: here it must be there before.
      await create(database.queries);
    });
    afterAll(() => database.close());

    const create = (within: Queryable) =>
      writeEntity(sources, { userId, id: EntityId.parse(newId()), before: null, deltas: [CREATED], within });

    /** A transaction that has done its `work` and waits to be ended. */
    const hold = async (work: (transaction: Transaction) => Promise<unknown>) => {
      const control = new EventEmitter();
      const isDone = once(control, 'done');
      const transaction = database.queries.transaction(async (session) => {
        await work(session);
        const isEnded = once(control, 'end');
        control.emit('done');
        await isEnded;
      });
      await Promise.race([isDone, transaction]);
      return {
        commit: async () => {
          control.emit('end');
          await transaction;
        },
        rollBack: async () => {
          control.emit('error', new Error('rolled back on purpose'));
          await expect(transaction).rejects.toThrow('rolled back on purpose');
        },
      };
    };

    const readNew = async (after: bigint) => (await log.readAll({ after, limit: 100 })).events.length;

    test('what was committed early waits for what was appended before it', async () => {
      const start = await log.readWatermark();
      const slow = await hold(create);
      await create(database.queries);
      expect(await log.readAll({ after: start, limit: 100 })).toEqual({ events: [], upTo: start });
      await slow.commit();
      const { events, upTo } = await log.readAll({ after: start, limit: 100 });
      expect(events.map(({ position }) => position)).toEqual([start + 1n, start + 2n]);
      expect(upTo).toBe(start + 2n);
    });

    test('what is rolled back holds nobody up afterwards', async () => {
      const start = await log.readWatermark();
      const slow = await hold(create);
      await create(database.queries);
      expect(await readNew(start)).toBe(0);
      await slow.rollBack();
      expect(await readNew(start)).toBe(1);
    });

    test('a part of a transaction that is rolled back does not let go of the rest', async () => {
      const start = await log.readWatermark();
      const slow = await hold(async (transaction) => {
        const part = transaction.transaction(async (inner) => {
          await create(inner);
          throw new Error('the inner part fails');
        });
        await expect(part).rejects.toThrow('the inner part fails');
        await create(transaction);
      });
      await create(database.queries);
      expect(await readNew(start)).toBe(0);
      await slow.commit();
      expect(await readNew(start)).toBe(2);
    });

    test('many streams in one transaction are read together, and hold one lock', async () => {
      const start = await log.readWatermark();
      const slow = await hold(async (transaction) => {
        for (let count = 0; count < 20; count += 1) await create(transaction);
        const locks = await transaction.execute(
          "select 1 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()",
        );
        expect(locks).toMatchObject({ rows: [{}] });
      });
      expect(await readNew(start)).toBe(0);
      await slow.commit();
      expect(await readNew(start)).toBe(20);
    });

    test('what only reads, or writes elsewhere, holds nobody up', async () => {
      const start = await log.readWatermark();
      const other = await hold((transaction) =>
        transaction.execute('select pg_advisory_xact_lock(1, 2), txid_current()'),
      );
      await create(database.queries);
      expect(await readNew(start)).toBe(1);
      await other.commit();
    });
  });
}
