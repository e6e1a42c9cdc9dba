import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPglitePool } from './pglite-pool.ts';

let pglite: PGlite;
beforeAll(async () => {
  pglite = await PGlite.create();
  await pglite.exec('create table application (id int primary key); create table engine (id bigint primary key)');
});
beforeEach(() => pglite.exec('truncate application, engine'));
afterAll(() => pglite.close());

const rowsOf = async (table: string) => (await pglite.query(`select id from ${table} order by id`)).rows;

describe('one PGlite for the application and the engine', () => {
  test('a pool that passes BEGIN and ROLLBACK on makes the application’s row vanish: what this pool is there for', async () => {
    await pglite.query('begin');
    await pglite.query('insert into engine values (1)');
    await pglite.query('insert into application values (1)');
    await pglite.query('rollback');
    expect(await rowsOf('application')).toEqual([]);
  });

  test('the application’s row survives the engine’s rollback', async () => {
    const client = await createPglitePool(pglite).connect();
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
    await client.query('insert into engine values ($1)', [1]);
    const written = pglite.query('insert into application values (1)');
    await client.query('ROLLBACK');
    client.release();
    await written;
    expect(await rowsOf('application')).toEqual([{ id: 1 }]);
    expect(await rowsOf('engine')).toEqual([]);
  });

  test('the engine’s rows survive the application’s rollback', async () => {
    const pool = createPglitePool(pglite);
    const failing = pglite.transaction(async (transaction) => {
      await transaction.query('insert into application values (1)');
      throw new Error('rolled back on purpose');
    });
    const written = pool.query('insert into engine values ($1)', [7]);
    await expect(failing).rejects.toThrow('rolled back on purpose');
    await written;
    expect(await rowsOf('application')).toEqual([]);
    expect(await rowsOf('engine')).toHaveLength(1);
  });

  test('a client that is given back in the middle of a transaction leaves nothing of it, and no lock', async () => {
    const client = await createPglitePool(pglite).connect();
    await client.query('BEGIN');
    await client.query('insert into engine values (1)');
    client.release();
    expect(await rowsOf('engine')).toEqual([]);
  });

  test('after an error in a transaction it can be rolled back and the client used again', async () => {
    const client = await createPglitePool(pglite).connect();
    await client.query('BEGIN');
    await expect(client.query('select * from nowhere')).rejects.toThrow(/nowhere/);
    await client.query('ROLLBACK');
    await client.query('BEGIN');
    await client.query('insert into engine values (2)');
    await client.query('COMMIT');
    client.release();
    expect(await rowsOf('engine')).toHaveLength(1);
  });

  test('values come as node-postgres gives them: 64-bit integers as text, JSON parsed', async () => {
    const pool = createPglitePool(pglite);
    const { rows, rowCount } = await pool.query(
      `select 9007199254740993::bigint as big, $1::jsonb as json, now() as at`,
      ['{"a":1}'],
    );
    expect(rows).toMatchObject([{ big: '9007199254740993', json: { a: 1 } }]);
    expect(rowCount).toBe(1);
    const updated = await pool.query('insert into engine values (1), (2)');
    expect(updated.rowCount).toBe(2);
  });
});
