/**
 * The nearest of one user's chunks where the vectors are in a store of their own, which knows nothing of types, tags and
 * dates: that is asked of the rows. A filter that leaves few things is asked first, and the store among these; of one that
 * leaves many, the store is asked for more until enough of what it gives has passed.
 */
import { type Queryable, selectRows } from '@synap/database';
import { sql } from 'drizzle-orm';
import { passes } from '../pgvector/conditions.ts';
import type { ChunkKey, VectorScope } from '../pgvector/nearest-chunks.ts';
import type { CandidateQuery } from '../search-index.ts';
import type { RevisionChunk, VectorStore } from './vector-store.ts';

/** So few things are named to the store one by one. */
const THINGS_NAMED_MAX = 5_000;
/** By so much more is asked for each time that too little has passed. */
const GROWTH = 4;

type Asked = CandidateQuery & { readonly embedding: Float32Array };

/** The keys of the nearest chunks that pass, as many as the query's limit if there are so many; in no order. */
export async function findElsewhere(
  queries: Queryable,
  store: VectorStore,
  query: Asked,
  scope: VectorScope,
): Promise<ChunkKey[]> {
  const named = scope.isSelective ? await namePassing(queries, query, scope) : null;
  if (named?.length === 0) return [];
  const among = named === null ? ({ kind: 'present' } as const) : ({ kind: 'things', entityIds: named } as const);
  for (let limit = query.limit; ; limit *= GROWTH) {
    const found = await store.nearest(scope.generation, { ...query, limit }, among);
    const passing = await keepPassing(queries, query, scope, found);
    if (passing.length >= query.limit || found.length < limit) return passing.slice(0, query.limit);
  }
}

/** The things with a chunk that passes, or `null` if there are many. */
async function namePassing(queries: Queryable, { userId, filter }: Asked, { generation, asked }: VectorScope) {
  const rows = await selectRows<{ entity_id: string }>(
    queries,
    sql`select distinct chunk.entity_id
      from entities entity join entity_vectors chunk on chunk.entity_id = entity.id and chunk.generation = ${generation.id}
      where entity.user_id = ${userId} and ${passes(filter)} and ${asked}
      limit ${THINGS_NAMED_MAX + 1}`,
  );
  return rows.length > THINGS_NAMED_MAX ? null : rows.map((row) => row.entity_id);
}

/** Of what the store gave, what is there, of this revision, and as it is asked for; the nearest first. */
function keepPassing(
  queries: Queryable,
  { userId, filter }: Asked,
  { generation, asked }: VectorScope,
  found: readonly RevisionChunk[],
): Promise<ChunkKey[]> {
  const given = JSON.stringify(
    found.map(({ entityId, chunkIndex, checksum, titleDigest }, place) => ({
      entity_id: entityId,
      chunk_index: chunkIndex,
      checksum,
      title_digest: titleDigest,
      place,
    })),
  );
  return selectRows<ChunkKey>(
    queries,
    sql`select chunk.entity_id, chunk.chunk_index
      from jsonb_to_recordset(${given}::jsonb)
          as given (entity_id uuid, chunk_index integer, checksum text, title_digest text, place integer)
        join entity_vectors chunk on chunk.entity_id = given.entity_id and chunk.generation = ${generation.id}
          and chunk.chunk_index = given.chunk_index
          and (chunk.checksum, chunk.title_digest) = (given.checksum, given.title_digest)
        join entities entity on entity.id = chunk.entity_id
      where chunk.user_id = ${userId} and ${passes(filter)} and ${asked}
      order by given.place`,
  );
}
