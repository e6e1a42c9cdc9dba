import { type Queryable, schema, selectRows } from '@synap/database';
import { and, eq, ne, sql } from 'drizzle-orm';
import { retryCollision } from './retry-collision.ts';

/*
 * A generation is one making of the whole index with one model. One is live and answers; beside it another may be
 * building, of another model or of a newer recipe, until it takes the live one's place. Rows carry the number of their
 * generation and every query names it, so vectors of two models never meet.
 */

const { searchGenerations } = schema;

/**
 * How rows are made of content: raise it whenever chunks, lexemes or what is embedded change, and what is indexed is
 * made anew in the background.
 */
export const INDEX_RECIPE = 1;

/** One making of the index. */
export interface Generation {
  readonly id: number;
  readonly model: string;
  /** `null` before its first vector. */
  readonly dimensions: number | null;
  readonly recipe: number;
  /** Where its vectors are: `IN_ROWS`, or the name of a store of their own. */
  readonly vectorStore: string;
  readonly status: 'building' | 'live' | 'retired';
  readonly createdAt: Date;
}

/** Says that the vectors of a generation are in the rows of its chunks. */
export const IN_ROWS = 'rows';

/** The live generation and the one that is building, where there are any; the live one first. */
export async function readOpenGenerations(queries: Queryable): Promise<Generation[]> {
  const rows = await queries.select().from(searchGenerations).where(ne(searchGenerations.status, 'retired'));
  return rows.sort((left, right) => (left.status < right.status ? 1 : -1));
}

/**
 * The generations that a model's vectors go into: begins one where there is none, as the live one if nothing is live.
 * Several processes may call it at once.
 */
export async function openGenerationsOf(
  queries: Queryable,
  { model, vectorStore }: Pick<Generation, 'model' | 'vectorStore'>,
): Promise<Generation[]> {
  for (;;) {
    const open = await readOpenGenerations(queries);
    const ofModel = open.filter((generation) => generation.model === model);
    const building = open.find(({ status }) => status === 'building');
    if (ofModel.length > 0 || building !== undefined) return ofModel;
    await beginGeneration(queries, { model, vectorStore, status: open.length === 0 ? 'live' : 'building' });
  }
}

/** Begins a generation unless there is one of that status; whoever comes second does nothing. */
export async function beginGeneration(
  queries: Queryable,
  { model, vectorStore, status }: Pick<Generation, 'model' | 'vectorStore'> & { status: 'building' | 'live' },
): Promise<void> {
  await queries
    .insert(searchGenerations)
    .values({ model, vectorStore, status, recipe: INDEX_RECIPE })
    .onConflictDoNothing({ target: searchGenerations.status, where: sql.raw(`status = '${status}'`) });
}

/** Remembers the length of a generation's vectors. @throws if it has vectors of another length already. */
export async function keepDimensions(
  queries: Queryable,
  { id, model }: Generation,
  dimensions: number,
): Promise<Generation> {
  const [row] = await queries
    .update(searchGenerations)
    .set({ dimensions: sql`coalesce(${searchGenerations.dimensions}, ${dimensions})` })
    .where(eq(searchGenerations.id, id))
    .returning();
  if (row?.dimensions === dimensions) return row;
  throw new Error(`The model ${model} gave ${dimensions} numbers where its index has vectors of ${row?.dimensions}.`);
}

/**
 * Puts the building generation in the place of the live one, in one step.
 * @returns false if it is no longer the building one: another process has done so.
 */
export function promoteGeneration(queries: Queryable, id: number): Promise<boolean> {
  return queries.transaction(async (transaction) => {
    const [building] = await transaction
      .select({ id: searchGenerations.id })
      .from(searchGenerations)
      .where(and(eq(searchGenerations.id, id), eq(searchGenerations.status, 'building')))
      .for('update');
    if (building === undefined) return false;
    await transaction.update(searchGenerations).set({ status: 'retired' }).where(eq(searchGenerations.status, 'live'));
    await transaction.update(searchGenerations).set({ status: 'live' }).where(eq(searchGenerations.id, id));
    return true;
  });
}

/** Gives a generation up; its rows are removed by `removeRetired`. */
export async function retireGeneration(queries: Queryable, id: number): Promise<void> {
  await queries.update(searchGenerations).set({ status: 'retired' }).where(eq(searchGenerations.id, id));
}

/** So many rows are deleted at a time, so that no lock is held for long. */
const ROWS_PER_DELETE = 2_000;

/**
 * Removes what is left of the generations that were replaced. Repeating it goes on where it stopped.
 * @param removeElsewhere removes the vectors that are not in rows, if it can reach them; as long as it cannot, that they
 *   are there is remembered.
 */
export async function removeRetired(
  queries: Queryable,
  removeElsewhere: (generation: Generation) => Promise<boolean>,
): Promise<void> {
  const retired = await queries.select().from(searchGenerations).where(eq(searchGenerations.status, 'retired'));
  for (const generation of retired) {
    const { id } = generation;
    const isRemoved = generation.vectorStore === IN_ROWS || (await removeElsewhere(generation));
    await retryCollision(() => queries.execute(sql.raw(`drop index if exists ${vectorIndexName(id)}`)));
    for (const table of ['entity_vectors', 'past_vectors', 'indexing_failures']) {
      while ((await deleteSome(queries, table, id)) === ROWS_PER_DELETE);
    }
    if (isRemoved) await queries.delete(searchGenerations).where(eq(searchGenerations.id, id));
  }
}

/** The name of the index over a generation's vectors. */
export function vectorIndexName(generation: number): string {
  return `entity_vectors_hnsw_${generation}`;
}

async function deleteSome(queries: Queryable, table: string, generation: number): Promise<number> {
  const rows = await selectRows(
    queries,
    sql`delete from ${sql.identifier(table)} where ctid = any (array(
      select ctid from ${sql.identifier(table)} where generation = ${generation} limit ${ROWS_PER_DELETE}
    )) returning 1`,
  );
  return rows.length;
}
