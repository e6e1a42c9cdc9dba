import { ConcurrencyConflict, type EntityDelta, EntityId, foldEntity, UserId } from '@synap/domain';
import { randomHistory } from '@synap/domain/testing';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { type EventLog, openEventLog } from '../event-log/event-log.ts';
import { RowsRebuilt } from '../event-log/write-failure.ts';
import { loadEntities, loadEntity } from '../projection/load-entity.ts';
import { loadEntityForChange } from '../projection/load-for-change.ts';
import { addUser } from '../projection/users.ts';
import { testDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { type RebuildProgress, rebuildProjections } from './rebuild-projections.ts';

const THINGS = 600;

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`rebuilding ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    const userId = UserId.parse(newId());
    const ids: EntityId[] = [];

    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
      await addUser(database, { id: userId, now: new Date(0) });
      // More than one page of streams.
      for (const { events } of fc.sample(randomHistory({ maxCommands: 4 }), { numRuns: THINGS, seed: 1 })) {
        const id = EntityId.parse(newId());
        ids.push(id);
        const deltas = events.map(({ type, data }) => ({ type, data }) as EntityDelta);
        await writeEntity({ database, log }, { userId, id, before: null, deltas });
      }
    });
    afterAll(() => database.close());

    const readRows = () => loadEntities(database.queries, userId, ids);
    const definitions = () =>
      selectRows(
        database.queries,
        sql`select indexname as name, indexdef as definition from pg_indexes where schemaname = 'public'
          union all
          select conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) from pg_constraint
          where connamespace = 'public'::regnamespace
          union all
          select table_name || '.' || column_name, concat(data_type, is_nullable, column_default, generation_expression)
          from information_schema.columns where table_schema = 'public'
          order by 1, 2`,
      );
    const damage = async () => {
      const [first, second] = ids;
      await database.queries.execute(sql`update entities set title = 'damaged', version = 1 where id = ${first}`);
      await database.queries.execute(sql`delete from entities where id = ${second}`);
      await database.queries.execute(sql`delete from entity_tags where entity_id = ${ids[2]}`);
      await database.queries.execute(sql`update task_details set priority = 3`);
      await database.queries.execute(sql`update suggestions set status = 'declined', confidence = 0`);
    };

    test('damaged rows are what their events say again, and the tables are what they were', async () => {
      const rows = await readRows();
      const tables = await definitions();
      await damage();
      expect(await readRows()).not.toEqual(rows);
      const progress: RebuildProgress[] = [];
      const done = await rebuildProjections({ database, log }, { onProgress: (step) => progress.push(step) });
      expect(await readRows()).toEqual(rows);
      expect(await definitions()).toEqual(tables);
      expect(done).toMatchObject({ streams: THINGS, totalStreams: THINGS });
      expect(progress.map(({ events }) => events)).toEqual(
        progress.map(({ events }) => events).toSorted((a, b) => a - b),
      );
    });

    test('one that was ended goes on where it was', async () => {
      const rows = await readRows();
      await damage();
      const control = new AbortController();
      const first = rebuildProjections(
        { database, log },
        { signal: control.signal, onProgress: () => control.abort(new Error('ended on purpose')) },
      );
      await expect(first).rejects.toThrow('ended on purpose');
      const steps: RebuildProgress[] = [];
      await rebuildProjections({ database, log }, { onProgress: (step) => steps.push(step) });
      expect(steps[0]?.streams).toBeGreaterThan(500);
      expect(await readRows()).toEqual(rows);
    });

    test('what was read from a damaged row before is not written after, but decided again', async () => {
      const [id] = ids;
      if (id === undefined) throw new Error('There is no entity.');
      const { state } = await loadEntityForChange({ database, log }, userId, id);
      await database.queries.execute(sql`update entities set title = 'damaged' where id = ${id}`);
      const damaged = await loadEntityForChange({ database, log }, userId, id);
      await rebuildProjections({ database, log });
      const data = { tag: 'late' };
      const late = writeEntity(
        { database, log },
        { userId, id, before: damaged, deltas: [{ type: 'entity.tag_added', data }] },
      );
      await expect(late).rejects.toBeInstanceOf(RowsRebuilt);
      expect(await loadEntity(database.queries, userId, id)).toEqual(state);
      const before = await loadEntityForChange({ database, log }, userId, id);
      await writeEntity({ database, log }, { userId, id, before, deltas: [{ type: 'entity.tag_added', data }] });
      expect(await loadEntity(database.queries, userId, id)).toEqual(
        foldEntity(await log.readAggregate({ userId, aggregateId: id })),
      );
    });

    test('what is written meanwhile is there afterwards, as its events say', async () => {
      await damage();
      let isRebuilding = true;
      const written: EntityId[] = [];
      const writers = Array.from({ length: 4 }, async (_, writer) => {
        for (let count = 0; isRebuilding; count += 1) {
          const id = EntityId.parse(newId());
          const created: EntityDelta = {
            type: 'entity.created',
            data: { entityType: 'note', title: `${writer}`, given: [] },
          };
          await writeEntity({ database, log }, { userId, id, before: null, deltas: [created] });
          written.push(id);
          // Also of what was there before, whether it has been folded by now or not.
          await rename(ids[10 + ((writer * 97 + count * 13) % (THINGS - 10))] ?? id, `${writer}.${count}`);
        }
      });
      try {
        await rebuildProjections({ database, log });
      } finally {
        isRebuilding = false;
        await Promise.all(writers);
      }
      expect(written.length).toBeGreaterThan(0);
      for (const id of [...ids, ...written]) {
        expect(await loadEntity(database.queries, userId, id)).toEqual(
          foldEntity(await log.readAggregate({ userId, aggregateId: id })),
        );
      }
    });

    const rename = async (id: EntityId, newValue: string): Promise<void> => {
      const before = await loadEntityForChange({ database, log }, userId, id);
      const data = { oldValue: before.state.title, newValue };
      const deltas: EntityDelta[] = [{ type: 'entity.title_changed', data }];
      await writeEntity({ database, log }, { userId, id, before, deltas }).catch((error: unknown) => {
        if (!(error instanceof ConcurrencyConflict || error instanceof RowsRebuilt)) throw error;
      });
    };
  });
}
