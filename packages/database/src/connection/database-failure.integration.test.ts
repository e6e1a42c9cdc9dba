import { Unavailable } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { createTemporaryDatabase } from '../testing/test-databases.ts';
import { databaseFailure } from './database-failure.ts';
import { openPglite } from './open-pglite.ts';
import { openPostgres } from './open-postgres.ts';

const serverUrl = process.env.SYNAP_TEST_DATABASE_URL ?? '';

async function thrownBy(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => null,
    (error: unknown) => error,
  );
}

test.each(['53100', '57P01', '08006', 'ECONNREFUSED'])(
  '%s, however deep it lies, is a failure of the database',
  (code) => {
    const error = new Error('query failed', { cause: Object.assign(new Error('reason'), { code }) });
    const failure = databaseFailure(error);
    expect(failure).toBeInstanceOf(Unavailable);
    expect(failure).toMatchObject({ dependency: 'database', cause: error });
  },
);

test('a broken constraint or a wrong statement is not', async () => {
  const database = await openPglite();
  expect(databaseFailure(await thrownBy(database.queries.execute(sql`select * from nowhere`)))).toBeNull();
  expect(databaseFailure(new Error('something else'))).toBeNull();
  expect(databaseFailure('no error at all')).toBeNull();
  await database.close();
});

describe.skipIf(serverUrl === '')('on PostgreSQL (set SYNAP_TEST_DATABASE_URL)', () => {
  test('a database that is gone is a failure of the database', async () => {
    const { url, drop } = await createTemporaryDatabase(serverUrl);
    const database = await openPostgres({
      connectionString: url,
      maxConnections: 2,
      onConnectionLost: () => undefined,
    });
    await drop();
    const errors = [await thrownBy(database.version()), await thrownBy(database.version())];
    for (const error of errors) expect(databaseFailure(error)).toBeInstanceOf(Unavailable);
    await database.close();
  });
});
