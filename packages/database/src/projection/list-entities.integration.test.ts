import { type EntityDelta, EntityId, type EntityState, UserId, ValidationFailed } from '@synap/domain';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { type EventLog, openEventLog } from '../event-log/event-log.ts';
import { testDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { type EntityFilter, type EntityOrder, listEntities } from './list-entities.ts';
import { loadEntityForChange, type Sources } from './load-for-change.ts';
import { listTags } from './tags.ts';
import { addUser } from './users.ts';

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`lists of entities ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    let sources: Sources;
    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
      sources = { database, log };
    });
    afterAll(() => database.close());

    const aReader = async () => {
      const id = UserId.parse(newId());
      await addUser(database, { id, now: new Date() });
      return id;
    };

    const write = (userId: UserId, deltas: EntityDelta[], { at = new Date(), id = EntityId.parse(newId()) } = {}) =>
      writeEntity(sources, { userId, id, before: null, at, deltas });

    const created = (title: string, entityType: 'note' | 'task' = 'note'): EntityDelta => ({
      type: 'entity.created',
      data: { entityType, title, given: [] },
    });

    const readAllPages = async (userId: UserId, order: EntityOrder, limit: number, between = async () => {}) => {
      const seen: EntityState[] = [];
      let cursor: string | undefined;
      do {
        const page = await listEntities(database.queries, userId, { filter: {}, order, limit, cursor });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items);
        cursor = page.nextCursor ?? undefined;
        await between();
      } while (cursor !== undefined);
      return seen;
    };

    test('pages hold everything once, the latest first, for any times and any page size', async () => {
      const aTime = fc.integer({ min: 0, max: 3 }).map((ms) => new Date(Date.UTC(2026, 10, 24) + ms));
      const anOrder = fc.constantFrom<EntityOrder>('created', 'updated');
      await fc.assert(
        fc.asyncProperty(
          fc.array(aTime, { maxLength: 8 }),
          fc.integer({ min: 1, max: 4 }),
          anOrder,
          async (times, limit, order) => {
            const reader = await aReader();
            const all: EntityState[] = [];
            for (const at of times) all.push(await write(reader, [created('x')], { at }));
            const latestFirst = all.toSorted(
              (left, right) => Number(right.createdAt) - Number(left.createdAt) || (left.id < right.id ? 1 : -1),
            );
            expect(await readAllPages(reader, order, limit)).toEqual(latestFirst);
          },
        ),
        { numRuns: 25 },
      );
    });

    test('what is added while somebody reads does not move the pages', async () => {
      const reader = await aReader();
      const first: string[] = [];
      for (let count = 0; count < 7; count += 1) first.push((await write(reader, [created(`${count}`)])).id);
      const seen = await readAllPages(reader, 'created', 2, async () => {
        await write(reader, [created('added')]);
      });
      expect(seen.map(({ id }) => id)).toEqual(first.toReversed());
    });

    test('a list is what each filter asks for, and what all of them ask for together', async () => {
      const reader = await aReader();
      const { title: open } = await write(reader, [
        created('Buy milk', 'task'),
        { type: 'entity.tag_added', data: { tag: 'home' } },
      ]);
      const done = await write(reader, [
        created('Buy bread', 'task'),
        { type: 'task.completed', data: { oldValue: 'todo', completedAt: '2026-11-24T10:00:00.000Z' } },
      ]);
      const former = await write(reader, [
        created('Milk prices', 'task'),
        { type: 'entity.type_changed', data: { oldValue: 'task', newValue: 'note' } },
        { type: 'entity.tag_added', data: { tag: 'home' } },
      ]);
      const binned = await write(reader, [
        created('Old milk'),
        { type: 'entity.tag_added', data: { tag: 'home' } },
        { type: 'entity.deleted', data: {} },
      ]);
      const titles = async (filter: EntityFilter) =>
        (await listEntities(database.queries, reader, { filter, order: 'created', limit: 10 })).items
          .map(({ title }) => title)
          .sort();
      expect(await titles({})).toEqual([done.title, open, former.title]);
      expect(await titles({ type: 'task' })).toEqual([done.title, open]);
      expect(await titles({ status: 'todo' })).toEqual([open]);
      expect(await titles({ status: 'done' })).toEqual([done.title]);
      expect(await titles({ tag: 'home' })).toEqual([open, former.title]);
      expect(await titles({ deleted: true })).toEqual([binned.title]);
      expect(await titles({ deleted: true, tag: 'home', titlePart: 'OLD' })).toEqual([binned.title]);
      expect(await titles({ titlePart: 'milk' })).toEqual([open, former.title]);
      expect(await titles({ type: 'note', tag: 'home', titlePart: 'milk' })).toEqual([former.title]);
      expect(await titles({ titlePart: 'milk\0' })).toEqual([]);
      expect(await titles({ titlePart: '%' })).toEqual([]);
      expect(await listTags(database.queries, reader, { limit: 10 })).toEqual([
        { name: 'home', count: 2, inContent: 0 },
      ]);
    });

    test('what was restored is in the list again, with its tags', async () => {
      const reader = await aReader();
      const { id } = await write(reader, [
        created('Back'),
        { type: 'entity.tag_added', data: { tag: 'b' } },
        { type: 'entity.tag_added', data: { tag: 'a' } },
        { type: 'entity.deleted', data: {} },
      ]);
      const before = await loadEntityForChange(sources, reader, id);
      await writeEntity(sources, { userId: reader, id, before, deltas: [{ type: 'entity.restored', data: {} }] });
      const { items } = await listEntities(database.queries, reader, { filter: {}, order: 'updated', limit: 10 });
      expect(items.map(({ tags }) => tags)).toEqual([['a', 'b']]);
    });

    const written = (text: string) => Buffer.from(text).toString('base64url');
    test.each([
      ['of a list in another order', written('created 2026-11-24T10:00:00.000Z 01890000-0000-7000-8000-000000000001')],
      [
        'with a day that does not exist',
        written('updated 2026-99-99T10:00:00.000Z 01890000-0000-7000-8000-000000000001'),
      ],
      ['with an id that is none', written(`updated 2026-11-24T10:00:00.000Z ${'-'.repeat(36)}`)],
      [
        'with something after it',
        written('updated 2026-11-24T10:00:00.000Z 01890000-0000-7000-8000-000000000001 or true'),
      ],
      ['that is noise', '\0\ud800🦊'],
    ])('a cursor %s is refused', async (_, cursor) => {
      const reader = await aReader();
      const list = listEntities(database.queries, reader, { filter: {}, order: 'updated', limit: 1, cursor });
      await expect(list).rejects.toMatchObject({ fields: [{ field: 'cursor' }] });
      await expect(list).rejects.toBeInstanceOf(ValidationFailed);
    });

    test('a cursor of somebody else’s list shows nothing of theirs', async () => {
      const [reader, stranger] = [await aReader(), await aReader()];
      const mine = await write(reader, [created('mine')], { at: new Date(0) });
      for (let count = 0; count < 3; count += 1) await write(stranger, [created('theirs')]);
      const theirs = await listEntities(database.queries, stranger, { filter: {}, order: 'updated', limit: 1 });
      const page = await listEntities(database.queries, reader, {
        filter: {},
        order: 'updated',
        limit: 10,
        cursor: theirs.nextCursor ?? undefined,
      });
      expect(page).toEqual({ items: [mine], nextCursor: null });
    });
  });
}
