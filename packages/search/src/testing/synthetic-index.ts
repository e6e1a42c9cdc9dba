import { type Database, selectRows } from '@synap/database';
import type { UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { readOpenGenerations } from '../pgvector/generations.ts';
import { ensureVectorIndex } from '../pgvector/vector-index.ts';
import { createClusteredVectors, createRandom } from './synthetic-vectors.ts';

/*
 * A filled index without files or a model: many users with clustered vectors, as those of notes are.
 */

/** One of the users, with so many chunks of so many things. */
export interface SyntheticTenant {
  readonly userId: UserId;
  readonly chunks: number;
}

const ROWS_PER_INSERT = 5_000;
/**
 * Fills a live generation: one chunk for each thing; of a thousand of them in order one has the tag `rare`, ten are
 * tasks and a hundred are tagged `often`. The words of a chunk are `word0` … by its number.
 */
export async function fillSyntheticIndex(
  { queries }: Database,
  { tenants, dimensions, model }: { tenants: readonly SyntheticTenant[]; dimensions: number; model: string },
): Promise<void> {
  const next = createClusteredVectors(dimensions, createRandom(7));
  await queries.execute(
    sql`insert into search_generations (model, dimensions, recipe, status) values (${model}, ${dimensions}, 1, 'live')`,
  );
  for (const [tenant, { userId, chunks }] of tenants.entries()) {
    await queries.execute(sql`insert into users (id, created_at) values (${userId}, now()) on conflict do nothing`);
    await queries.execute(
      sql`insert into tags (user_id, name, created_at) values (${userId}, 'rare', now()), (${userId}, 'often', now())`,
    );
    for (let from = 0; from < chunks; from += ROWS_PER_INSERT) {
      const count = Math.min(ROWS_PER_INSERT, chunks - from);
      await insertThings(queries, { userId, tenant, from, count });
      const vectors = Array.from({ length: count }, () => `[${next().map(Math.fround).join(',')}]`);
      await insertVectors(queries, { userId, tenant, from, vectors });
    }
  }
  // What a server's autovacuum does within a minute.
  await queries.execute(sql`vacuum analyze`);
}

interface Part {
  readonly userId: UserId;
  readonly tenant: number;
  readonly from: number;
}

const thingId = (tenant: number) =>
  sql`('01890000-' || lpad(to_hex(${tenant}::int), 4, '0') || '-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid`;

async function insertThings(queries: Database['queries'], { userId, tenant, from, count }: Part & { count: number }) {
  const numbers = sql`generate_series(${from}::int, ${from + count - 1}::int) number`;
  await queries.execute(sql`
    insert into entities (id, user_id, type, title, preview, provenance, version, created_at, updated_at)
    select ${thingId(tenant)}, ${userId}::uuid, case when number % 100 = 1 then 'task' else 'note' end,
      'Thing ' || number, '', '{}', 1, now(), now()
    from ${numbers}`);
  await queries.execute(sql`
    insert into entity_tags (user_id, entity_id, tag)
    select ${userId}::uuid, ${thingId(tenant)}, 'rare' from ${numbers} where number % 1000 = 2
    union all select ${userId}::uuid, ${thingId(tenant)}, 'often' from ${numbers} where number % 10 = 3`);
}

async function insertVectors(
  queries: Database['queries'],
  { userId, tenant, from, vectors }: Part & { vectors: readonly string[] },
) {
  await queries.execute(sql`
    insert into entity_vectors (
      user_id, entity_id, generation, chunk_index, checksum, title_digest, entity_version, start_offset, end_offset,
      language, embedding, lexemes, title_lexemes
    )
    select ${userId}::uuid, ${thingId(tenant)}, (select id from search_generations where status = 'live'), 0, '', '', 1, 0, 0,
      'english', vector::halfvec,
      array_to_tsvector(array['all', 'word' || number, 'half' || number % 2, 'some' || number % 50, 'few' || number % 2000]),
      array_to_tsvector(array['thing', number::text])
    from (
      select vector, ${from}::int + (place - 1)::int as number
      from jsonb_array_elements_text(${JSON.stringify(vectors)}::jsonb) with ordinality as given (vector, place)
    ) given`);
}

/** Makes the HNSW index of what was filled. */
export async function ensureSyntheticIndex(database: Database): Promise<void> {
  for (const generation of await readOpenGenerations(database.queries)) await ensureVectorIndex(database, generation);
}

/** The ids of the nearest things, found by looking at every row of the user. */
export async function findNearestExactly(
  { queries }: Database,
  { userId, vector, condition, limit }: { userId: UserId; vector: Float32Array; condition: string; limit: number },
): Promise<string[]> {
  const rows = await selectRows<{ id: string }>(
    queries,
    sql`select entity_id as id from entity_vectors join entities entity on entity.id = entity_id
      where entity_vectors.user_id = ${userId} and ${sql.raw(condition)}
      order by (embedding <=> ${`[${vector.join(',')}]`}::halfvec) + 0 limit ${limit}`,
  );
  return rows.map(({ id }) => id);
}
