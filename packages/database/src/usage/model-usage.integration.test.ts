import { UserId } from '@synap/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { addUser } from '../projection/users.ts';
import { testDatabases } from '../testing/test-databases.ts';
import { newId } from '../testing/write-entity.ts';
import { addModelUsage, listModelUsage, type ModelUsageRow, readSpentOn } from './model-usage.ts';

const ROW: Omit<ModelUsageRow, 'userId'> = {
  day: '2026-11-24',
  model: 'a-provider/a-model',
  calls: 1,
  inputTokens: 3_000_000_000,
  outputTokens: 5,
  audioMilliseconds: 7,
  costNanodollars: 4_000_000_000,
  unpricedCalls: 0,
};

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`what models took ${kind.name}`, () => {
    let database: Database;
    beforeAll(async () => {
      database = await kind.open();
    });
    afterAll(() => database?.close());

    test('adds up by user, day and model, whoever counts at the same time', async () => {
      const [userId, other] = [UserId.parse(newId()), UserId.parse(newId())];
      for (const id of [userId, other]) await addUser(database, { id, now: new Date() });
      const { queries } = database;
      await Promise.all(Array.from({ length: 10 }, () => addModelUsage(queries, { ...ROW, userId })));
      await addModelUsage(queries, { ...ROW, userId, day: '2026-11-25' });
      await addModelUsage(queries, { ...ROW, userId: other });
      expect(await listModelUsage(queries, userId, { since: '2026-11-24' })).toEqual([
        { ...ROW, userId, day: '2026-11-25' },
        {
          ...{ ...ROW, userId, calls: 10, inputTokens: 30_000_000_000, outputTokens: 50 },
          ...{ audioMilliseconds: 70, costNanodollars: 40_000_000_000 },
        },
      ]);
      expect(await readSpentOn(queries, userId, '2026-11-24')).toBe(40_000_000_000);
      expect(await readSpentOn(queries, userId, '2026-11-26')).toBe(0);
    });

    test('is not counted for whoever has no account', async () => {
      const userId = UserId.parse(newId());
      await addModelUsage(database.queries, { ...ROW, userId });
      expect(await listModelUsage(database.queries, userId, { since: '2026-01-01' })).toEqual([]);
    });
  });
}
