import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from './database.ts';
import { openPglite } from './open-pglite.ts';
import { selectRows } from './select-rows.ts';

let database: Database;
beforeAll(async () => {
  database = await openPglite();
});
afterAll(() => database.close());

const QUERIES = 300;

/** How often something else had its turn while the work went on. */
async function turnsDuring(work: () => Promise<void>): Promise<number> {
  let [turns, isOver] = [0, false];
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}

test('others have their turn between queries, also of one transaction', async () => {
  const { queries } = database;
  // Without letting anybody in, all of them are one turn.
  expect(
    await turnsDuring(async () => {
      for (let query = 0; query < QUERIES; query += 1) await queries.execute(sql`select ${query}::int`);
    }),
  ).toBeGreaterThan(10);
  expect(
    await turnsDuring(() =>
      queries.transaction(async (transaction) => {
        for (let query = 0; query < QUERIES; query += 1) await transaction.execute(sql`select ${query}::int`);
      }),
    ),
  ).toBeGreaterThan(10);
});

test('a transaction that fails changes nothing, and the next can begin', async () => {
  const { queries } = database;
  await queries.execute(sql`create table counted (id int primary key)`);
  await expect(
    queries.transaction(async (transaction) => {
      await transaction.execute(sql`insert into counted values (1)`);
      await transaction.execute(sql`insert into counted values (1)`);
    }),
  ).rejects.toThrow();
  await queries.transaction((transaction) => transaction.execute(sql`insert into counted values (2)`));
  expect(await selectRows(queries, sql`select id from counted`)).toEqual([{ id: 2 }]);
});

test('values come as Drizzle wants them: times as text, arrays as arrays', async () => {
  const [row] = await selectRows(
    database.queries,
    sql`select timestamptz '2026-11-28 03:00:00.123+00' as at, date '2026-11-28' as day, interval '1 day' as span,
      array['one', 'two'] as words, array[1, 2]::int[] as numbers, 7::int8 as large, '{"a": 1}'::jsonb as json`,
  );
  expect(row).toEqual({
    at: '2026-11-28 03:00:00.123+00',
    day: '2026-11-28',
    span: '1 day',
    words: ['one', 'two'],
    numbers: [1, 2],
    large: 7,
    json: { a: 1 },
  });
});
