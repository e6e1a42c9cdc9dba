import { ConcurrencyConflict, CorrelationId, type EntityDelta, UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { logDatabases } from '../testing/test-databases.ts';
import { newId } from '../testing/write-entity.ts';
import type { NewEvent, StreamAppend } from './append.ts';
import { type EventLog, openEventLog } from './event-log.ts';
import { LogGrade } from './log-storage.ts';
import type { StreamHead } from './stream-head.ts';

const STREAMS = 50;
const WRITERS = 16;
const CREATED: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'a', given: [] } };
const RENAMED: EntityDelta = { type: 'entity.title_changed', data: { oldValue: 'a', newValue: 'b' } };

for (const kind of logDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`many writers ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    const userId = UserId.parse(newId());
    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
    });
    afterAll(() => database.close());

    const anEvent = (delta: EntityDelta): NewEvent<EntityDelta> => ({
      id: newId(),
      delta,
      metadata: { actor: { kind: 'user', id: userId }, command: 'test' },
    });
    const anAppend = (aggregateId: string, head: StreamHead | null, deltas: EntityDelta[]): StreamAppend => ({
      header: {
        userId,
        aggregateId,
        aggregateType: 'entity',
        timestamp: new Date(),
        correlationId: CorrelationId.parse(newId()),
        causationId: null,
        source: 'api',
      },
      head,
      events: deltas.map(anEvent),
    });
    const headsOf = async (ids: readonly string[]) => log.readHeads(userId, ids);

    /** Appends to streams whose heads it reads, until nobody was quicker. */
    const appendTo = async (ids: readonly string[]): Promise<void> => {
      for (;;) {
        const heads = await headsOf(ids);
        try {
          await log.append(ids.map((id) => anAppend(id, heads.get(id) ?? null, [RENAMED])));
          return;
        } catch (error) {
          if (!(error instanceof ConcurrencyConflict)) throw error;
        }
      }
    };

    const begin = async (count: number): Promise<string[]> => {
      const ids = Array.from({ length: count }, () => newId());
      await log.append(ids.map((id) => anAppend(id, null, [CREATED])));
      return ids;
    };

    // The whole size where it is cheap; elsewhere the same, smaller.
    const appends = kind.hasConcurrentTransactions && kind.grade === LogGrade.plain ? 1_000 : 50;
    test(`${WRITERS} × ${appends} appends to ${STREAMS} streams lose nothing and leave no hole`, {
      timeout: 120_000,
    }, async () => {
      const ids = await begin(STREAMS);
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        for (let count = 0; count < appends; count += 1) {
          await appendTo([ids[(writer * 31 + count * 7) % STREAMS] ?? newId()]);
        }
      });
      await Promise.all(writers);
      const streams = await log.readAggregates(userId, ids);
      const heads = await headsOf(ids);
      let total = 0;
      for (const [id, events] of streams) {
        expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
        expect(events.every(({ position }, index) => position > (events[index - 1]?.position ?? 0n))).toBe(true);
        expect(heads.get(id)?.version).toBe(events.length);
        total += events.length;
      }
      expect(total).toBe(STREAMS + WRITERS * appends);
      const [keys] = await selectRows<{ count: string | number }>(
        database.queries,
        sql`select count(*) as count from event_keys`,
      );
      expect(Number(keys?.count)).toBe(total);
    });

    test('an import of thousands of streams is one append, all of it or nothing', async () => {
      const [taken] = await begin(1);
      const fresh = Array.from({ length: 2_000 }, () => newId());
      const batch = [...fresh, taken ?? newId()].map((id) => anAppend(id, null, [CREATED, RENAMED]));
      await expect(log.append(batch)).rejects.toMatchObject({ aggregateId: taken, currentVersion: 1 });
      expect((await headsOf(fresh)).size).toBe(0);
      const stored = await log.append(batch.slice(0, -1));
      expect(stored).toHaveLength(4_000);
      expect((await headsOf(fresh)).size).toBe(2_000);
      const [first] = fresh;
      expect(await log.readAggregate({ userId, aggregateId: first ?? '' })).toEqual(stored.slice(0, 2));
    });

    test('writers of the same streams in any order do not wait on each other for ever', async () => {
      const ids = await begin(12);
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let count = 0; count < 10; count += 1) {
          const some = ids.filter((__, index) => (index + writer + count) % 3 === 0);
          await appendTo(writer % 2 === 0 ? some : some.toReversed());
        }
      });
      await Promise.all(writers);
      const versions = [...(await headsOf(ids)).values()].map(({ version }) => version);
      expect(versions.reduce((sum, version) => sum + version, 0)).toBe(12 + 8 * 10 * 4);
    });
  });
}
