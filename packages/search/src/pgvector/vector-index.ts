import { type Database, selectRows } from '@synap/database';
import { sql } from 'drizzle-orm';
import { type Generation, vectorIndexName } from './generations.ts';
import { retryCollision } from './retry-collision.ts';

/** pgvector indexes half vectors up to this length; longer ones are found by exact scans only. */
const INDEXED_DIMENSIONS_MAX = 4_000;

/** The vectors of a generation as its index has them: a query that says anything else is not served by the index. */
export function indexedVector({ dimensions }: { dimensions: number }): string {
  return `(embedding::halfvec(${dimensions}))`;
}

/**
 * Makes the HNSW index (Malkov and Yashunin 2018, as pgvector builds it) over a generation's vectors, if it can have
 * one and has none. Made at the first vector, it grows with the rows; a server makes it beside the writes, embedded it
 * is one statement. Several processes may do so at once: one makes it, the others go on. What a crash left half made is
 * made again.
 */
export function ensureVectorIndex(database: Indexed, generation: Generation): Promise<void> {
  return retryCollision(() => makeUnlessThere(database, generation));
}

async function makeUnlessThere({ queries, engine }: Indexed, generation: Generation): Promise<void> {
  const { id, dimensions } = generation;
  if (dimensions === null || dimensions > INDEXED_DIMENSIONS_MAX) return;
  const name = vectorIndexName(id);
  const state = await readIndexState(queries, name);
  if (state === 'ready' || state === 'making') return;
  const concurrently = engine.kind === 'postgres' ? 'concurrently' : '';
  if (state === 'broken') await queries.execute(sql.raw(`drop index ${concurrently} if exists ${name}`));
  try {
    await queries.execute(
      sql.raw(
        `create index ${concurrently} if not exists ${name} on entity_vectors
          using hnsw (${indexedVector({ dimensions })} halfvec_cosine_ops) where generation = ${id}`,
      ),
    );
  } catch (error) {
    // Another process was quicker, by less than the statement can tell.
    const left = await readIndexState(queries, name);
    if (left === 'none' || left === 'broken') throw error;
  }
}

/** Whether an index answers, is being made at this moment, was left half made, or is not there. */
async function readIndexState(
  queries: Database['queries'],
  name: string,
): Promise<'ready' | 'making' | 'broken' | 'none'> {
  const [row] = await selectRows<{ valid: boolean; making: boolean }>(
    queries,
    sql`select indisvalid as valid,
        exists (select from pg_stat_progress_create_index where index_relid = indexrelid) as making
      from pg_index where indexrelid = to_regclass(${name})`,
  );
  if (row === undefined) return 'none';
  if (row.valid) return 'ready';
  return row.making ? 'making' : 'broken';
}

/** A database, as far as the index needs it. */
export type Indexed = Pick<Database, 'queries' | 'engine'>;

/** Whether a generation's index can be asked; what was ready once stays so. */
export function createReadiness({ queries }: Indexed): (generation: Generation) => Promise<boolean> {
  const ready = new Set<number>();
  return async ({ id }) => {
    if (ready.has(id)) return true;
    const isReady = (await readIndexState(queries, vectorIndexName(id))) === 'ready';
    if (isReady) ready.add(id);
    return isReady;
  };
}
