/**
 * The nearest of one user's vectors.
 *
 * The index is shared by all users, and an HNSW graph that is searched for one of many finds too little: it stops after
 * `ef_search` vectors, whoever they belong to. So there are two ways. An exact scan reads the vectors of the user that
 * pass the filter, and misses nothing; its time grows with their number. An iterative scan (pgvector 0.8) walks the
 * graph until it has met enough that pass; its time grows as they become rarer in the table. With `n` that pass among
 * `total`, the one reads `n` vectors and the other about `limit * total / n`, in an order that is `HOP_COST` times as
 * dear: below their meeting point the scan is exact. It is exact as well for whoever has a small share of a large table: a
 * walk for a tenth of a million found .87 to .94 of the ten nearest, however wide it was made, and took half as long as the
 * scan that finds them all. Should a walk give up before it has found enough, the exact scan
 * follows, so that no answer is ever short of what is there.
 */
import { type Queryable, selectRows, type Transaction } from '@synap/database';
import { type SQL, sql } from 'drizzle-orm';
import type { CandidateQuery } from '../search-index.ts';
import { isSelective, passes } from './conditions.ts';
import type { Generation } from './generations.ts';
import { vectorLiteral } from './replace-revisions.ts';
import { indexedVector } from './vector-index.ts';

/** What a vector met in the graph costs, in vectors of a scan: the graph jumps about in memory, a scan does not. */
const HOP_COST = 8;
/** Up to here a scan is as fast as anything. */
const EXACT_ALWAYS = 2_000;
/** A user with less than this share of the table is too thinly spread in the graph … */
const SHARE_WALKED_MIN = 1 / 8;
/** … unless there are more chunks than a scan reads in a tenth of a second. */
const SCANNED_MAX = 120_000;
/** Of the nearest so many times as many are taken before those in the trash are left out. */
const SPARE = 2;
/** How many vectors a walk keeps in sight; recall grows with it. */
const EF_SEARCH = 200;
/** A walk may meet so many vectors; what it has not found by then, an exact scan finds. */
const VISITED_MAX = 40_000;

/** One generation and what is known of its size. */
export interface VectorScope {
  readonly generation: Generation;
  /** Whether its HNSW index can be asked. */
  readonly isIndexed: boolean;
  /** Users with so many chunks in a generation that the graph is better for them. */
  readonly large: LargeUsers;
  /** Conditions on `entity` and `chunk` beside the filter. */
  readonly asked: SQL;
  /** Whether filter and conditions leave anything out but the trash. */
  readonly isSelective: boolean;
}

/**
 * Who is known to have many chunks: that need not be counted for each search. Should it be true no more, the walk finds too
 * little, and the exact scan follows.
 */
export interface LargeUsers {
  has(generation: number, userId: string): boolean;
  add(generation: number, userId: string): void;
}

/** More are forgotten, and counted anew. */
const REMEMBERED_MAX = 10_000;

export function rememberLargeUsers(): LargeUsers {
  const known = new Set<string>();
  const keyOf = (generation: number, userId: string) => `${generation}/${userId}`;
  return {
    has: (generation, userId) => known.has(keyOf(generation, userId)),
    add: (generation, userId) => {
      if (known.size >= REMEMBERED_MAX) known.clear();
      known.add(keyOf(generation, userId));
    },
  };
}

/** A chunk, by its key. */
export interface ChunkKey {
  readonly entity_id: string;
  readonly chunk_index: number;
}

/** A chunk with all that its row says of it. */
export interface NearestChunk extends ChunkKey {
  readonly checksum: string;
  readonly title_digest: string;
  readonly start_offset: number;
  readonly end_offset: number;
  readonly language: string;
  /** The cosine, as far as the stored precision goes. */
  readonly similarity: number;
}

const ROW = sql.raw(
  'chunk.entity_id, chunk.chunk_index, chunk.checksum, chunk.title_digest, chunk.start_offset, chunk.end_offset, chunk.language',
);

/**
 * The nearest chunks, as many as the query's limit if there are so many; in no order. They come with their rows, which are
 * read anyway: who asks by meaning alone needs no second query.
 */
export async function findNearest(
  queries: Queryable,
  query: CandidateQuery & { readonly embedding: Float32Array },
  scope: VectorScope,
): Promise<NearestChunk[]> {
  if (await isExactBetter(queries, query, scope)) return findExactly(queries, query, scope);
  const found = await queries.transaction((transaction) => walkGraph(transaction, query, scope));
  return found.length < query.limit ? findExactly(queries, query, scope) : found;
}

async function findExactly(queries: Queryable, query: Asked, scope: VectorScope): Promise<NearestChunk[]> {
  if (!scope.isSelective) {
    const found = await selectRows<NearestChunk>(queries, exactScanOfAll(query, scope));
    if (found.length === query.limit) return found;
  }
  return selectRows(queries, exactScan(query, scope));
}

/**
 * Counts no further than the answer needs. With a filter, things are counted: of those that pass there are seldom more
 * than of their chunks.
 */
async function isExactBetter(
  queries: Queryable,
  { userId, filter, limit }: CandidateQuery,
  { generation, isIndexed, large }: VectorScope,
): Promise<boolean> {
  if (!isIndexed) return true;
  const isFiltered = isSelective(filter);
  if (!isFiltered && large.has(generation.id, userId)) return false;
  const counted = isFiltered
    ? sql`select from entities entity where entity.user_id = ${userId} and ${passes(filter)}`
    : sql`select from entity_vectors where user_id = ${userId} and generation = ${generation.id}`;
  const [row] = await selectRows<{ is_better: boolean }>(
    queries,
    sql`with meeting as (
        select greatest(${EXACT_ALWAYS}, ceil(sqrt(${HOP_COST * limit} * greatest(reltuples, 0))),
          least(${SCANNED_MAX}, ${SHARE_WALKED_MIN}::float8 * reltuples))::int as most
        from pg_class where oid = to_regclass('entity_vectors')
      )
      select (select count(*) from (${counted} limit (select most + 1 from meeting)) counted) <= most as is_better
      from meeting`,
  );
  const isBetter = row?.is_better !== false;
  if (!isFiltered && !isBetter) large.add(generation.id, userId);
  return isBetter;
}

/*
 * Whose chunks are searched is said once, on the table that drives. The other is joined by its primary key alone: the
 * foreign key carries the user's id, so it cannot be another's row, and without a second condition on the user no
 * planner, even one without statistics, goes through all of a user's rows for each row.
 */

function exactScan({ userId, filter, limit, embedding }: Asked, { generation, asked }: VectorScope): SQL {
  return sql`
    select ${ROW}, 1 - (chunk.embedding <=> ${vectorLiteral(embedding)}::halfvec) as similarity
    from entity_vectors chunk join entities entity on entity.id = chunk.entity_id
    where chunk.user_id = ${userId} and chunk.generation = ${generation.id} and ${passes(filter)} and ${asked}
    -- Adding zero keeps the graph out of it.
    order by (chunk.embedding <=> ${vectorLiteral(embedding)}::halfvec) + 0
    limit ${limit}`;
}

/** Where only the trash is left out, things are looked up for the nearest alone: not for all, as a planner might. */
function exactScanOfAll({ userId, filter, limit, embedding }: Asked, { generation }: VectorScope): SQL {
  return sql`
    with nearest as materialized (
      select ${ROW}, (chunk.embedding <=> ${vectorLiteral(embedding)}::halfvec) + 0 as distance
      from entity_vectors chunk where chunk.user_id = ${userId} and chunk.generation = ${generation.id}
      order by distance limit ${limit * SPARE}
    )
    select ${ROW}, 1 - chunk.distance as similarity
    from nearest chunk cross join lateral (
      select from entities entity where entity.id = chunk.entity_id and ${passes(filter)} offset 0) entity
    order by chunk.distance limit ${limit}`;
}

type Asked = CandidateQuery & { readonly embedding: Float32Array };

async function walkGraph(transaction: Transaction, query: Asked, { generation, asked }: VectorScope) {
  const { userId, filter, limit, embedding } = query;
  const dimensions = generation.dimensions ?? embedding.length;
  // Without these the planner, which knows nothing of how vectors lie, may sort all of the user's rows instead.
  await transaction.execute(sql`
    select set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', ${String(Math.max(EF_SEARCH, limit))}, true),
      set_config('hnsw.max_scan_tuples', ${String(VISITED_MAX)}, true), set_config('enable_sort', 'off', true),
      set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
      set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`);
  const distance = sql`chunk.${sql.raw(indexedVector({ dimensions }).slice(1, -1))} <=> ${vectorLiteral(embedding)}::halfvec(${sql.raw(String(dimensions))})`;
  // The distance is said once: the literal is long, and read each time that it stands there.
  return selectRows<NearestChunk>(
    transaction,
    sql`
      select ${ROW}, 1 - chunk.distance as similarity from (
        select ${ROW}, ${distance} as distance
        from entity_vectors chunk join entities entity on entity.id = chunk.entity_id
        where chunk.user_id = ${userId} and chunk.generation = ${sql.raw(String(generation.id))}
          and ${passes(filter)} and ${asked}
        order by distance
        limit ${limit}) chunk`,
  );
}
