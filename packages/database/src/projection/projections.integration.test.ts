import {
  EntityId,
  type EntityState,
  NotFound,
  RelationId,
  type RelationState,
  UserId,
  ValidationFailed,
} from '@synap/domain';
import { presentState, randomHistory } from '@synap/domain/testing';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { type EventLog, openEventLog } from '../event-log/event-log.ts';
import { testDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { listEntities } from './list-entities.ts';
import { loadEntities, loadEntity } from './load-entity.ts';
import { loadEntityForChange, type Sources } from './load-for-change.ts';
import { findRelation, listRelationsOf } from './relations.ts';
import { saveStates } from './save-states.ts';
import { listTags } from './tags.ts';
import { addUser } from './users.ts';

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`the projections ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    let sources: Sources;
    const owner = UserId.parse(newId());
    const stranger = UserId.parse(newId());

    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
      sources = { database, log };
      await addUser(database, { id: owner, now: new Date(0) });
      await addUser(database, { id: stranger, now: new Date(1) });
    });
    afterAll(() => database.close());

    const create = (userId: UserId, { title = 'A note', tags = [] as string[], at = new Date() } = {}) =>
      writeEntity(sources, {
        userId,
        id: EntityId.parse(newId()),
        before: null,
        at,
        deltas: [
          { type: 'entity.created', data: { entityType: 'note', title, given: [] } },
          ...tags.map((tag) => ({ type: 'entity.tag_added' as const, data: { tag } })),
        ],
      });

    test('what is loaded is what was folded, for any history', async () => {
      await fc.assert(
        fc.asyncProperty(randomHistory({ maxCommands: 12 }), async (history) => {
          const id = EntityId.parse(newId());
          let state: EntityState | null = null;
          for (const { type, data } of history.events) {
            // The event's delta, as it was decided; its type and data belong together.
            const deltas = [{ type, data }] as Parameters<typeof writeEntity>[1]['deltas'];
            const isFirst: boolean = state === null;
            const before = isFirst ? null : await loadEntityForChange(sources, owner, id);
            state = await writeEntity(sources, { userId: owner, id, before, deltas });
          }
          expect(await loadEntity(database.queries, owner, id)).toEqual(state);
          const { title, tags, type: entityType } = presentState(history);
          expect(state).toMatchObject({ title, tags, type: entityType });
        }),
        { numRuns: 25 },
      );
    });

    test('nobody reads what belongs to somebody else', async () => {
      const { id } = await create(owner);
      await expect(loadEntity(database.queries, stranger, id)).rejects.toBeInstanceOf(NotFound);
      expect(await loadEntities(database.queries, stranger, [id])).toEqual(new Map());
      const theirs = await listEntities(database.queries, stranger, { filter: {}, order: 'updated', limit: 200 });
      expect(theirs.items).toEqual([]);
    });

    test('a row of one user cannot point at another’s', async () => {
      const mine = await create(owner, { tags: ['mine'] });
      const theirs = await create(stranger, { tags: ['theirs'] });
      const statements = [
        sql`insert into relations (id, user_id, type, source_id, target_id, version, created_at) values (${newId()}, ${owner}, 'blocks', ${mine.id}, ${theirs.id}, 1, now())`,
        sql`insert into relations (id, user_id, type, source_id, target_id, version, created_at) values (${newId()}, ${owner}, 'blocks', ${theirs.id}, ${mine.id}, 1, now())`,
        sql`insert into entity_tags (user_id, entity_id, tag) values (${owner}, ${theirs.id}, 'mine')`,
        sql`insert into entity_tags (user_id, entity_id, tag) values (${owner}, ${mine.id}, 'theirs')`,
        sql`insert into task_details (entity_id, user_id, status, priority) values (${theirs.id}, ${owner}, 'todo', 0)`,
        sql`insert into entity_vectors (user_id, entity_id, generation, chunk_index, checksum, title_digest, entity_version, start_offset, end_offset, language, embedding, lexemes) values (${owner}, ${theirs.id}, 1, 0, 'c', 't', 1, 0, 1, 'english', '[1,2]', '')`,
        sql`update entities set user_id = ${owner} where id = ${theirs.id}`,
      ];
      for (const statement of statements) {
        const failure = await database.queries.execute(statement).then(
          () => null,
          (error: Error) => error,
        );
        expect(String(failure?.cause)).toMatch(/foreign key/);
      }
    });

    test('only kinds and file types that there are can be stored', async () => {
      const { id } = await create(owner);
      await expect(
        database.queries.execute(sql`update entities set type = 'banana' where id = ${id}`),
      ).rejects.toThrow();
      await expect(
        database.queries.execute(sql`update entities set file_type = 'exe' where id = ${id}`),
      ).rejects.toThrow();
    });

    test('pages of a list neither overlap nor leave anything out, even among equal times', async () => {
      const reader = UserId.parse(newId());
      await addUser(database, { id: reader, now: new Date() });
      const at = new Date('2026-11-24T10:00:00.123Z');
      const created: EntityState[] = [];
      for (let count = 0; count < 11; count += 1) created.push(await create(reader, { at, title: `note ${count}` }));
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await listEntities(database.queries, reader, { filter: {}, order: 'created', limit: 3, cursor });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen.toSorted()).toEqual(created.map(({ id }) => id).toSorted());
    });

    test('a list is what the filter asks for', async () => {
      const reader = UserId.parse(newId());
      await addUser(database, { id: reader, now: new Date() });
      const garden = await create(reader, { title: 'Tomatoes 100%', tags: ['garden'] });
      await create(reader, { title: 'Pension' });
      const titles = async (filter: Parameters<typeof listEntities>[2]['filter']) =>
        (await listEntities(database.queries, reader, { filter, order: 'updated', limit: 10 })).items.map(
          ({ title }) => title,
        );
      expect(await titles({ tag: 'garden' })).toEqual([garden.title]);
      expect(await titles({ titlePart: 'TOMATO' })).toEqual([garden.title]);
      expect(await titles({ titlePart: '0%' })).toEqual([garden.title]);
      expect(await titles({ type: 'task' })).toEqual([]);
      expect(await titles({ deleted: true })).toEqual([]);
      expect(await listTags(database.queries, reader, { limit: 10 })).toEqual([
        { name: 'garden', count: 1, inContent: 0 },
      ]);
    });

    test.each(['', 'abc', Buffer.from('updated 2026 x').toString('base64url')])(
      'the cursor %j is refused',
      async (cursor) => {
        const list = listEntities(database.queries, owner, { filter: {}, order: 'updated', limit: 1, cursor });
        await expect(list).rejects.toBeInstanceOf(ValidationFailed);
      },
    );

    test('a relation is there once, for both ends, until it is deleted', async () => {
      const [source, target] = [await create(owner), await create(owner)];
      const relation: RelationState = {
        id: RelationId.parse(newId()),
        userId: owner,
        type: 'contains',
        sourceId: source.id,
        targetId: target.id,
        version: 1,
        createdAt: new Date('2026-11-24T10:00:00Z'),
        deletedAt: null,
      };
      const save = (state: RelationState) => saveStates(database.queries, { entities: [], relations: [state] });
      await save(relation);
      expect(await listRelationsOf(database.queries, owner, [target.id])).toEqual([relation]);
      await expect(save({ ...relation, id: RelationId.parse(newId()) })).rejects.toThrow();
      await save({ ...relation, version: 2, deletedAt: new Date() });
      expect(await findRelation(database.queries, owner, relation)).toBeNull();
      await save({ ...relation, id: RelationId.parse(newId()) });
    });
  });
}
