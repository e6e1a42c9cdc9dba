import { type Queryable, schema, selectRows, type Transaction } from '@synap/database';
import { EntityId } from '@synap/domain';
import { and, eq, type SQL, sql } from 'drizzle-orm';
import { type QueryWord, toQueryWord } from './query-word.ts';
import type { CandidateQuery, ChunkCandidate, IndexedRevision, SearchFilter, SearchIndex } from './search-index.ts';

const { entityVectors } = schema;

/** Of a long query only its rarest words are looked up; the rest cannot tell anything apart. */
const WORDS_MAX = 16;

/**
 * The index in PostgreSQL: vectors by pgvector, words by full-text search, one row per chunk and model.
 *
 * The nearest vectors are found by an exact scan of one user's rows: it misses nothing and is fast for tens of
 * thousands of chunks. Words are stemmed as English; other languages match whole words.
 */
export function createPgvectorIndex({ queries }: { queries: Queryable }): SearchIndex {
  return {
    replace: (revision) => queries.transaction((transaction) => replaceRevision(transaction, revision)),
    indexedVersion: async ({ userId, entityId, model }) => {
      const [row] = await queries
        .select({ version: entityVectors.entityVersion })
        .from(entityVectors)
        .where(
          and(eq(entityVectors.userId, userId), eq(entityVectors.entityId, entityId), eq(entityVectors.model, model)),
        )
        .limit(1);
      return row?.version ?? null;
    },
    embeddingsOf: async ({ userId, entityId, model }) => {
      const rows = await queries
        .select({ embedding: entityVectors.embedding })
        .from(entityVectors)
        .where(
          and(eq(entityVectors.userId, userId), eq(entityVectors.entityId, entityId), eq(entityVectors.model, model)),
        )
        .orderBy(entityVectors.chunkIndex);
      return rows.map(({ embedding }) => embedding);
    },
    candidates: (query) => findCandidates(queries, query),
  };
}

async function replaceRevision(transaction: Transaction, revision: IndexedRevision): Promise<boolean> {
  const { userId, entityId, model, entityVersion, checksum, chunks } = revision;
  // Two runs for one entity take turns, so that the older of them sees the newer one's rows.
  await transaction
    .select({ id: schema.entities.id })
    .from(schema.entities)
    .where(and(eq(schema.entities.userId, userId), eq(schema.entities.id, entityId)))
    .for('update');
  const ofEntity = and(
    eq(entityVectors.userId, userId),
    eq(entityVectors.entityId, entityId),
    eq(entityVectors.model, model),
  );
  const [indexed] = await transaction
    .select({ version: entityVectors.entityVersion })
    .from(entityVectors)
    .where(ofEntity)
    .limit(1);
  if (indexed !== undefined && indexed.version > entityVersion) return false;
  await transaction.delete(entityVectors).where(ofEntity);
  if (chunks.length === 0) return true;
  await transaction.insert(entityVectors).values(
    chunks.map(({ start, end, text, embedding }, chunkIndex) => ({
      userId,
      entityId,
      model,
      chunkIndex,
      checksum,
      entityVersion,
      startOffset: start,
      endOffset: end,
      embedding,
      lexemes: sql`to_tsvector('english', ${text})`,
    })),
  );
  return true;
}

interface CandidateRow {
  entity_id: string;
  chunk_index: number;
  checksum: string;
  start_offset: number;
  end_offset: number;
  similarity: number | null;
  matched_words: string[];
  title_matched_words: string[];
}

async function findCandidates(
  queries: Queryable,
  query: CandidateQuery,
): Promise<{ words: QueryWord[]; chunks: ChunkCandidate[] }> {
  const words = query.useWords ? await readQueryWords(queries, query) : [];
  const finders = [
    ...(query.embedding === null ? [] : [nearestChunks(query, query.embedding)]),
    ...(words.length === 0 ? [] : [chunksWithWords(query, words), chunksUnderTitles(query, words)]),
  ];
  if (finders.length === 0) return { words, chunks: [] };
  const rows = await selectRows<CandidateRow>(queries, candidateRows(query, words, finders));
  return { words, chunks: rows.map(toCandidate) };
}

/** The query's words as the index stems them, with their rarity among the user's chunks, the rarest first. */
async function readQueryWords(queries: Queryable, { text, userId, model }: CandidateQuery): Promise<QueryWord[]> {
  const rows = await selectRows<{ word: string; uses: number; chunks: number }>(
    queries,
    sql`
      with words as (
        select lexeme as word, ${lexemeQuery(sql`lexeme`)} as query from unnest(to_tsvector('english', ${text}))
      )
      select
        word,
        (select count(*)::int from entity_vectors chunk
          where chunk.user_id = ${userId} and chunk.model = ${model} and chunk.lexemes @@ words.query) as uses,
        (select count(*)::int from entity_vectors chunk
          where chunk.user_id = ${userId} and chunk.model = ${model}) as chunks
      from words
      order by uses
      limit ${WORDS_MAX}`,
  );
  return rows.map(({ word, ...counts }) => toQueryWord(word, counts));
}

/** A lexeme, exactly as it is, as a query; quoted so that nothing in it is an operator. */
function lexemeQuery(lexeme: SQL): SQL {
  return sql`('''' || replace(replace(${lexeme}, '\\', '\\\\'), '''', '''''') || '''')::tsquery`;
}

/*
 * Whose chunks are searched is said once in each finder, on the table that drives it. The other table is joined by its
 * primary key alone: the foreign key carries the user's id, so it cannot be another's row, and without a second
 * condition on the user no planner, even one without statistics, goes through all of a user's rows for each row.
 */

function nearestChunks({ userId, model, filter, limit }: CandidateQuery, embedding: Float32Array): SQL {
  return sql`
    select chunk.entity_id, chunk.chunk_index
    from entity_vectors chunk join entities entity on entity.id = chunk.entity_id
    where chunk.user_id = ${userId} and chunk.model = ${model} and ${passes(filter)}
    order by chunk.embedding <=> ${vectorLiteral(embedding)}::vector
    limit ${limit}`;
}

function chunksWithWords({ userId, model, filter, limit }: CandidateQuery, words: readonly QueryWord[]): SQL {
  return sql`
    select chunk.entity_id, chunk.chunk_index
    from ${wordTable(words)} join entity_vectors chunk on chunk.lexemes @@ word.query
      join entities entity on entity.id = chunk.entity_id
    where chunk.user_id = ${userId} and chunk.model = ${model} and ${passes(filter)}
    group by chunk.entity_id, chunk.chunk_index
    order by sum(word.rarity) desc
    limit ${limit}`;
}

function chunksUnderTitles({ userId, model, filter, limit }: CandidateQuery, words: readonly QueryWord[]): SQL {
  return sql`
    select chunk.entity_id, chunk.chunk_index
    from ${wordTable(words)} join entities entity on entity.title_lexemes @@ word.query
      join entity_vectors chunk
        on chunk.entity_id = entity.id and chunk.model = ${model} and chunk.chunk_index = 0
    where entity.user_id = ${userId} and ${passes(filter)}
    group by chunk.entity_id, chunk.chunk_index
    order by sum(word.rarity) desc
    limit ${limit}`;
}

/** What fusion needs to know of every chunk that any of the finders brought. */
function candidateRows(
  { model, embedding }: CandidateQuery,
  words: readonly QueryWord[],
  finders: readonly SQL[],
): SQL {
  const found = sql.join(
    finders.map((finder) => sql`(${finder})`),
    sql` union `,
  );
  const similarity =
    embedding === null ? sql`null::float8` : sql`1 - (chunk.embedding <=> ${vectorLiteral(embedding)}::vector)`;
  const matching = (lexemes: SQL) =>
    words.length === 0
      ? sql`'{}'::text[]`
      : sql`array(select word.word from ${wordTable(words)} where ${lexemes} @@ word.query)`;
  return sql`
    with found as materialized (${found})
    select
      chunk.entity_id, chunk.chunk_index, chunk.checksum, chunk.start_offset, chunk.end_offset,
      ${similarity} as similarity,
      ${matching(sql`chunk.lexemes`)} as matched_words,
      ${matching(sql`entity.title_lexemes`)} as title_matched_words
    from found
      join entity_vectors chunk
        on chunk.entity_id = found.entity_id and chunk.model = ${model} and chunk.chunk_index = found.chunk_index
      join entities entity on entity.id = found.entity_id`;
}

/** Whether an entity is outside the trash and as the filter wants it. */
function passes(filter: SearchFilter): SQL {
  const conditions = [sql`entity.deleted_at is null`];
  if (filter.type !== undefined) conditions.push(sql`entity.type = ${filter.type}`);
  if (filter.from !== undefined) conditions.push(sql`entity.created_at >= ${filter.from.toISOString()}::timestamptz`);
  if (filter.to !== undefined) conditions.push(sql`entity.created_at < ${filter.to.toISOString()}::timestamptz`);
  if (filter.entityId !== undefined) conditions.push(sql`entity.id = ${filter.entityId}`);
  if (filter.tag !== undefined) {
    conditions.push(
      sql`exists (select 1 from entity_tags where entity_tags.entity_id = entity.id and entity_tags.tag = ${filter.tag})`,
    );
  }
  return sql.join(conditions, sql` and `);
}

function wordTable(words: readonly QueryWord[]): SQL {
  const rows = words.map(
    ({ word, rarity }) => sql`(${word}::text, ${lexemeQuery(sql`${word}::text`)}, ${rarity}::float8)`,
  );
  return sql`(values ${sql.join(rows, sql`, `)}) as word (word, query, rarity)`;
}

function vectorLiteral(embedding: Float32Array): string {
  return `[${embedding.join(',')}]`;
}

function toCandidate(row: CandidateRow): ChunkCandidate {
  return {
    entityId: EntityId.parse(row.entity_id),
    chunkIndex: row.chunk_index,
    checksum: row.checksum,
    start: row.start_offset,
    end: row.end_offset,
    similarity: row.similarity,
    matchedWords: row.matched_words,
    titleMatchedWords: row.title_matched_words,
  };
}
