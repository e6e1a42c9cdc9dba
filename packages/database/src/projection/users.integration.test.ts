import { UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { eraseFromState } from '../erasure/erase-user.ts';
import { users } from '../schema/schema.ts';
import { testDatabases } from '../testing/test-databases.ts';
import { newId } from '../testing/write-entity.ts';
import { addUser, ensureOwner, findOwner } from './users.ts';

const ask = (database: Database) => ensureOwner(database, { newId: newId(), now: new Date() });

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`the owner ${kind.name}`, () => {
    test('is the same however often one asks, and is the only user', async () => {
      const database = await kind.open();
      onTestFinished(() => database.close());
      const first = await ask(database);
      expect(await Promise.all([ask(database), ask(database)])).toEqual([first, first]);
      expect(await database.queries.select({ id: users.id }).from(users)).toEqual([{ id: first }]);
    });

    test('is nobody else once they were erased: what others keep does not open to the key of the installation', async () => {
      const database = await kind.open();
      onTestFinished(() => database.close());
      const first = await ask(database);
      const other = UserId.parse(newId());
      await addUser(database, { id: other, now: new Date() });
      await eraseFromState(database, first);
      expect(await findOwner(database.queries)).toBeNull();
      const second = await ask(database);
      expect([first, other]).not.toContain(second);
      expect(await findOwner(database.queries)).toEqual({ id: second, hasAccount: false });
    });

    if (!kind.hasConcurrentTransactions) return;
    test('is made once where several ask before there is one', async () => {
      const database = await kind.open();
      onTestFinished(() => database.close());
      // Nobody can add a user until all who ask are waiting: each has then seen that there is none, if it may look.
      const asked = await database.queries.transaction(async (transaction) => {
        await transaction.execute(sql`lock table ${users} in share mode`);
        const owners = Promise.all([ask(database), ask(database), ask(database)]);
        for (let waiting = 0; waiting < 3; ) {
          const rows = await selectRows(
            transaction,
            sql`select 1 from pg_locks where relation = 'users'::regclass and not granted`,
          );
          waiting = rows.length;
        }
        return { owners };
      });
      expect(new Set(await asked.owners).size).toBe(1);
    });
  });
}
