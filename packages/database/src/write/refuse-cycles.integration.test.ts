import { CorrelationId, decideCreateRelation, EntityId, evolveRelation, RelationId, UserId } from '@synap/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { prepareAppend } from '../event-log/append.ts';
import { type EventLog, openEventLog } from '../event-log/event-log.ts';
import { CycleClosed } from '../event-log/write-failure.ts';
import { listRelationsOf } from '../projection/relations.ts';
import { addUser } from '../projection/users.ts';
import { testDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { createCommitWrite } from './commit-write.ts';

const PAIRS = 30;

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`circles of relations on ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    const userId = UserId.parse(newId());

    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
      await addUser(database, { id: userId, now: new Date(0) });
    });
    afterAll(() => database.close());

    const onLag = (error: unknown): never => {
      throw error;
    };
    const thing = async (): Promise<EntityId> => {
      const id = EntityId.parse(newId());
      const data = { entityType: 'note' as const, title: 'A thing', given: [] };
      await writeEntity({ database, log }, { userId, id, before: null, deltas: [{ type: 'entity.created', data }] });
      return id;
    };
    /** What a server of its own does, after it has found no circle. */
    const writer = () => {
      const commit = createCommitWrite({ database, log }, { onLag });
      return async (sourceId: EntityId, targetId: EntityId, type: 'contains' | 'mentions' = 'contains') => {
        const id = RelationId.parse(newId());
        const prepared = prepareAppend({
          header: {
            userId,
            aggregateId: id,
            aggregateType: 'relation',
            timestamp: new Date(),
            correlationId: CorrelationId.parse(newId()),
            causationId: null,
            source: 'api',
          },
          head: null,
          events: decideCreateRelation({ type, sourceId, targetId }).map((delta) => ({
            id: newId(),
            delta,
            metadata: { actor: { kind: 'user' as const, id: userId }, command: 'test' },
          })),
        });
        const [event] = prepared.events;
        if (event === undefined) throw new Error('Nothing was decided.');
        const relations = [evolveRelation(null, event)];
        await commit({ appends: [prepared], states: { entities: [], relations }, answer: null });
      };
    };

    test('a relation that closes a circle is not written, nor its event', async () => {
      const [one, two, three] = [await thing(), await thing(), await thing()];
      const relate = writer();
      await relate(one, two);
      await relate(two, three);
      const before = await log.readWatermark();
      await expect(relate(three, one)).rejects.toBeInstanceOf(CycleClosed);
      expect((await log.readAll({ after: before, limit: 9 })).events).toEqual([]);
      await relate(three, one, 'mentions');
      await relate(one, three);
    });

    test('of two writers who would close a circle together, one is refused, however close they are', async () => {
      for (let pair = 0; pair < PAIRS; pair += 1) {
        const [one, two] = [await thing(), await thing()];
        const outcomes = await Promise.allSettled([writer()(one, two), writer()(two, one)]);
        const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
        expect(refused.map(({ reason }) => reason)).toEqual([expect.any(CycleClosed)]);
        expect(await listRelationsOf(database.queries, userId, [one, two])).toHaveLength(1);
      }
    });

    test('writes that share a statement keep their own fate', async () => {
      const [one, two, three] = [await thing(), await thing(), await thing()];
      const relate = writer();
      const links = [relate(one, two), relate(two, one), relate(two, three), relate(three, one)];
      const outcomes = await Promise.allSettled(links);
      expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
      const left = await listRelationsOf(database.queries, userId, [one, two, three]);
      expect(left).toHaveLength(outcomes.filter(({ status }) => status === 'fulfilled').length);
    });
  });
}
