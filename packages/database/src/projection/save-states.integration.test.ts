import { type EntityDelta, EntityId, type EntityState, UserId } from '@synap/domain';
import { randomHistory } from '@synap/domain/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { type EventLog, openEventLog } from '../event-log/event-log.ts';
import { testDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { loadEntity } from './load-entity.ts';
import type { Sources } from './load-for-change.ts';
import { saveStates } from './save-states.ts';
import { addUser } from './users.ts';

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`storing entities ${kind.name}`, () => {
    let database: Database;
    let log: EventLog;
    let sources: Sources;
    const userId = UserId.parse(newId());

    beforeAll(async () => {
      database = await kind.open();
      log = await openEventLog(database);
      sources = { database, log };
      await addUser(database, { id: userId, now: new Date(0) });
    });
    afterAll(() => database.close());

    test('a whole life that is written in one transaction is loaded as its fold, and stored again changes nothing', async () => {
      await fc.assert(
        fc.asyncProperty(randomHistory(), async ({ events }) => {
          const id = EntityId.parse(newId());
          const deltas = events.map(
            ({ aggregateId, userId: _, version, timestamp, metadata, ...delta }): EntityDelta => delta,
          );
          const state: EntityState = await writeEntity(sources, { userId, id, before: null, deltas });
          expect(await loadEntity(database.queries, userId, id)).toEqual(state);
          await saveStates(database.queries, { entities: [state], relations: [] });
          expect(await loadEntity(database.queries, userId, id)).toEqual(state);
        }),
        { numRuns: 40 },
      );
    });
  });
}
