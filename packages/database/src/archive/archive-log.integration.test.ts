import { createHash } from 'node:crypto';
import { type EntityDelta, EntityId, NotFound, Unavailable, UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { erasePayloads } from '../erasure/erase-payloads.ts';
import { closeLogOf, eraseFromLog } from '../erasure/erase-user.ts';
import { countActivity } from '../event-log/count-activity.ts';
import { type EventLog, openEventLog } from '../event-log/event-log.ts';
import { loadEntityAsOf } from '../projection/as-of.ts';
import { loadEntity } from '../projection/load-entity.ts';
import { loadEntityForChange } from '../projection/load-for-change.ts';
import { addUser } from '../projection/users.ts';
import { rebuildProjections } from '../rebuild/rebuild-projections.ts';
import { collect } from '../testing/collect.ts';
import { logDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { findStrays, verifyStreams } from '../verify/verify-streams.ts';
import { archiveLog } from './archive-log.ts';
import type { SegmentStore } from './archived-rows.ts';

const CREATED: EntityDelta = { type: 'entity.created', data: { entityType: 'note', title: 'v1', given: [] } };
const renamed = (oldValue: string, newValue: string): EntityDelta => ({
  type: 'entity.title_changed',
  data: { oldValue, newValue },
});
const monthsAgo = (months: number) => new Date(Date.UTC(2026, 10 - months, 10));
const ARCHIVE_BEFORE = new Date('2026-08-01T00:00:00.000Z');

/** Segments in memory, as a file store keeps them. */
function memorySegments(): SegmentStore & { files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    open: async (path) => {
      const bytes = files.get(path);
      if (bytes === undefined) throw new NotFound('file', path);
      return { sizeBytes: bytes.byteLength, read: async ({ start, end }) => bytes.slice(start, end) };
    },
    put: async (userId, bytes) => {
      const checksum = createHash('sha256').update(bytes).digest('hex');
      const path = `users/${userId}/archive/${checksum}.parquet`;
      files.set(path, bytes);
      return { path, sizeBytes: bytes.byteLength, checksum };
    },
    remove: async (path) => {
      files.delete(path);
    },
  };
}

for (const kind of logDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`the archive ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    const segments = memorySegments();
    const userId = UserId.parse(newId());
    const other = UserId.parse(newId());
    const ids: EntityId[] = [];

    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database, { segments });
      for (const id of [userId, other]) await addUser(database, { id, now: new Date(0) });
      // Things of ten months ago that go on until now, for two people.
      await database.queries.execute(sql`select 1`);
      for (const owner of [userId, userId, other]) {
        const id = EntityId.parse(newId());
        ids.push(id);
        await writeEntity({ database, log }, { userId: owner, id, before: null, deltas: [CREATED], at: monthsAgo(10) });
        for (const [index, months] of [8, 6, 4, 2, 0].entries()) {
          const before = await loadEntityForChange({ database, log }, owner, id);
          const deltas = [renamed(`v${index + 1}`, `v${index + 2}`)];
          await writeEntity({ database, log }, { userId: owner, id, before, deltas, at: monthsAgo(months) });
        }
      }
      if (kind.grade === 'plain') {
        await database.queries.execute(sql`select ensure_event_partitions('2026-01-01Z', '2026-11-30Z')`);
      }
    });
    afterAll(() => database.close());

    const countLive = async () =>
      Number(
        (await selectRows<{ count: string }>(database.queries, sql`select count(*) as count from events`))[0]?.count,
      );
    const verify = async () => {
      const pages = await collect(verifyStreams({ database, log }, { compareRows: true }));
      return [...pages.flatMap((page) => page.findings), ...(await findStrays({ database, log }))];
    };
    const first = () => ids[0] ?? EntityId.parse('');

    test('old parts leave the database, and everything reads as before', async () => {
      const read = async () => ({
        histories: await log.readAggregates(userId, ids),
        all: (await log.readAll({ after: 0n, limit: 1000 })).events,
        mine: (await log.readAll({ after: 0n, limit: 1000, filter: { userId, types: ['entity.title_changed'] } }))
          .events,
        range: await collect(log.readRange({ userId, from: monthsAgo(9), to: monthsAgo(1), pageSize: 3 })),
        past: await loadEntityAsOf({ database, log }, userId, { id: first(), asOf: monthsAgo(7) }),
        activity: await countActivity(log, userId, {
          from: monthsAgo(12),
          to: monthsAgo(-1),
          per: 'day',
          timezone: 'UTC',
          hasWholeHours: true,
        }),
      });
      const before = await read();
      const live = await countLive();
      const parts = await collect(archiveLog(log, { before: ARCHIVE_BEFORE }));
      expect(parts.reduce((sum, { events }) => sum + events, 0)).toBe(12);
      expect(await countLive()).toBe(live - 12);
      expect(segments.files.size).toBe(8);
      expect(await read()).toEqual(before);
      expect(await verify()).toEqual([]);
    });

    test('pages of any size go through archive and table without a gap or a repetition', async () => {
      const all = (await log.readAll({ after: 0n, limit: 1000 })).events;
      for (const limit of [1, 2, 5, 7]) {
        const seen: unknown[] = [];
        let after = 0n;
        for (let page = await log.readAll({ after, limit }); page.events.length > 0; ) {
          seen.push(...page.events);
          after = page.upTo;
          page = await log.readAll({ after, limit });
        }
        expect(seen).toEqual(all);
      }
    });

    test('archiving again archives nothing, and without a store nothing is touched', async () => {
      expect(await collect(archiveLog(log, { before: ARCHIVE_BEFORE }))).toEqual([]);
      const withoutStore = await openEventLog(database);
      await expect(collect(archiveLog(withoutStore, { before: new Date() }))).rejects.toBeInstanceOf(Unavailable);
      await expect(withoutStore.readAggregate({ userId, aggregateId: first() })).rejects.toBeInstanceOf(Unavailable);
    });

    test('what is archived goes on: it is changed, undone by its correlation, and rebuilt', async () => {
      const before = await loadEntityForChange({ database, log }, userId, first());
      await writeEntity({ database, log }, { userId, id: first(), before, deltas: [renamed('v6', 'v7')] });
      const history = await log.readAggregate({ userId, aggregateId: first() });
      expect(history.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      const [oldest] = history;
      if (oldest === undefined) throw new Error('It has no history.');
      const correlated = await log.readCorrelated({ userId, correlationId: oldest.correlationId });
      expect(correlated).toEqual([oldest]);
      await database.queries.execute(sql`update entities set title = 'forged' where id = ${first()}`);
      await rebuildProjections({ database, log });
      expect((await loadEntity(database.queries, userId, first())).title).toBe('v7');
    });

    test('a purge reaches into the archive', async () => {
      const purged = ids[1] ?? first();
      const before = await loadEntityForChange({ database, log }, userId, purged);
      await writeEntity(
        { database, log },
        { userId, id: purged, before, deltas: [{ type: 'entity.purged', data: {} }] },
      );
      expect(await erasePayloads(log, { userId, aggregateIds: [purged] })).toBe(6);
      const history = await log.readAggregate({ userId, aggregateId: purged });
      expect(history.slice(0, 6).map(({ type }) => type)).toEqual(Array(6).fill('event.erased'));
      expect((await log.readAggregate({ userId, aggregateId: first() })).map(({ type }) => type)).not.toContain(
        'event.erased',
      );
    });

    test('an erased account leaves nothing in the log, and the others’ archive stands', async () => {
      const theirs = await log.readAggregates(other, ids);
      await closeLogOf({ database, log }, userId, { now: new Date() });
      await eraseFromLog({ database, log }, userId);
      expect((await log.readAll({ after: 0n, limit: 1000, filter: { userId } })).events).toEqual([]);
      expect(await log.readAggregates(other, ids)).toEqual(theirs);
      const keys = await selectRows<{ count: string }>(database.queries, sql`select count(*) as count from event_keys`);
      expect(Number(keys[0]?.count)).toBe([...theirs.values()].flat().length);
    });
  });
}
