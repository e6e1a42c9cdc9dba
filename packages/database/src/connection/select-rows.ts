import type { SQL } from 'drizzle-orm';
import type { Queryable } from './database.ts';

/**
 * Runs a statement that Drizzle's builder cannot express and gives its rows. Both drivers answer `{ rows }`; the
 * caller vouches for the shape, as with any SQL written by hand.
 */
export async function selectRows<Row>(queries: Queryable, statement: SQL): Promise<Row[]> {
  const result = (await queries.execute(statement)) as { rows: Row[] };
  return result.rows;
}
