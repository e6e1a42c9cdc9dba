import { type Queryable, selectRows } from '@synap/database';
import { EntityId } from '@synap/domain';
import { type SQL, sql } from 'drizzle-orm';
import type { CandidateQuery, ChunkCandidate, QueryWord } from '../search-index.ts';
import { hasAsked, passes } from './conditions.ts';
import { type ChunkKey, findNearest, type VectorScope } from './nearest-chunks.ts';
import { type LookedUpWord, readQueryWords } from './query-words.ts';
import { textArray, vectorLiteral } from './replace-revision.ts';

/** Counted no further: a word's rarity hardly changes beyond. */
const CHUNKS_COUNTED_MAX = 20_000;
/** Chunks are found by the rarest words; the others still count for what was found. */
const FINDING_WORDS_MAX = 8;

/** What the generation that is asked is like. */
export type CandidateScope = Omit<VectorScope, 'asked'> & Abilities;

/** What the PostgreSQL can do that is asked. */
export interface Abilities {
  /** The text-search configurations that it has. */
  readonly known: ReadonlySet<string>;
  /** Whether it has pg_trgm. */
  readonly hasTrigrams: boolean;
}

/** What each of the ways to find chunks brings, each chunk once, with what fusion needs of it. */
export async function findCandidates(
  queries: Queryable,
  query: CandidateQuery,
  scope: CandidateScope,
): Promise<{ words: QueryWord[]; chunks: ChunkCandidate[] }> {
  const generation = scope.generation.id;
  const { languages, chunks } = await readUserScope(queries, query.userId, generation);
  if (languages.length === 0) return { words: [], chunks: [] };
  const wordScope = {
    userId: query.userId,
    generation,
    languages,
    chunks,
    hasTrigrams: scope.hasTrigrams,
    known: scope.known,
  };
  const words = query.useWords ? await readQueryWords(queries, query.text, wordScope) : [];
  const asked = sql`${hasAsked(query, generation, languages)} and ${inTitle(query, words, generation)}`;
  const { embedding } = query;
  const nearest = embedding === null ? [] : await findNearest(queries, { ...query, embedding }, { ...scope, asked });
  const finding = words.slice(0, FINDING_WORDS_MAX);
  const finders = [
    ...(nearest.length === 0 ? [] : [listed(nearest)]),
    ...(finding.length === 0
      ? []
      : [
          chunksWithWords(query, { finding, generation, asked }),
          chunksUnderNames(query, { finding, generation, asked }),
        ]),
    ...(embedding === null && words.length === 0 && query.text.trim() === ''
      ? [latestThings(query, { generation, asked })]
      : []),
  ];
  if (finders.length === 0) return { words, chunks: [] };
  const rows = await selectRows<CandidateRow>(queries, candidateRows(query, { words, finders, generation }));
  return { words: words.map(({ word, rarity }) => ({ word, rarity })), chunks: rows.map(toCandidate) };
}

/** The languages of the user's chunks, each found by a jump in the index, and how many chunks there are about. */
async function readUserScope(
  queries: Queryable,
  userId: string,
  generation: number,
): Promise<{ languages: string[]; chunks: number }> {
  const [row] = await selectRows<{ languages: string[]; chunks: number }>(
    queries,
    sql`
      with recursive used as (
        (select language from entity_vectors where user_id = ${userId} and generation = ${generation}
          order by language limit 1)
        union all
        select (select language from entity_vectors
            where user_id = ${userId} and generation = ${generation} and language > used.language
            order by language limit 1)
        from used where used.language is not null
      )
      select array(select language from used where language is not null) as languages,
        (select count(*)::int from (select from entity_vectors
          where user_id = ${userId} and generation = ${generation} limit ${CHUNKS_COUNTED_MAX}) counted) as chunks`,
  );
  return row ?? { languages: [], chunks: 0 };
}

interface Finding {
  readonly finding: readonly LookedUpWord[];
  readonly generation: number;
  readonly asked: SQL;
}

function listed(keys: readonly ChunkKey[]): SQL {
  return sql`select * from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as nearest (entity_id uuid, chunk_index integer)`;
}

function chunksWithWords({ userId, filter, limit }: CandidateQuery, { finding, generation, asked }: Finding): SQL {
  return sql`
    select chunk.entity_id, chunk.chunk_index
    from ${wordTable(finding)} join entity_vectors chunk on chunk.lexemes @@ word.query
      join entities entity on entity.id = chunk.entity_id
    where chunk.user_id = ${userId} and chunk.generation = ${generation} and ${passes(filter)} and ${asked}
    group by chunk.entity_id, chunk.chunk_index
    order by sum(word.rarity) desc
    limit ${limit}`;
}

/** The first chunks of things with words in their title, or that have words as tags. */
function chunksUnderNames({ userId, filter, limit }: CandidateQuery, { finding, generation, asked }: Finding): SQL {
  return sql`
    select chunk.entity_id, chunk.chunk_index
    from (
      select chunk.entity_id, word.word, word.rarity
      from ${wordTable(finding)} join entity_vectors chunk on chunk.title_lexemes @@ word.query
      where chunk.user_id = ${userId} and chunk.generation = ${generation}
      union
      select entity_tags.entity_id, word.word, word.rarity
      from ${wordTable(finding)} join entity_tags on entity_tags.tag = any (word.names)
      where entity_tags.user_id = ${userId}
    ) named
      join entity_vectors chunk
        on chunk.entity_id = named.entity_id and chunk.generation = ${generation} and chunk.chunk_index = 0
      join entities entity on entity.id = chunk.entity_id
    where ${passes(filter)} and ${asked}
    group by chunk.entity_id, chunk.chunk_index
    order by sum(named.rarity) desc
    limit ${limit}`;
}

/** Where nothing but a filter is asked for: what was changed last. */
function latestThings({ userId, filter, limit }: CandidateQuery, { generation, asked }: Omit<Finding, 'finding'>): SQL {
  return sql`
    select chunk.entity_id, chunk.chunk_index
    from entities entity join entity_vectors chunk
      on chunk.entity_id = entity.id and chunk.generation = ${generation} and chunk.chunk_index = 0
    where entity.user_id = ${userId} and ${passes(filter)} and ${asked}
    order by entity.updated_at desc
    limit ${limit}`;
}

function inTitle(query: CandidateQuery, words: readonly LookedUpWord[], generation: number): SQL {
  if (query.inTitle !== true || words.length === 0) return sql`true`;
  return sql`exists (select from entity_vectors part, ${wordTable(words)}
    where part.entity_id = entity.id and part.generation = ${generation} and part.chunk_index = 0
      and part.title_lexemes @@ word.query)`;
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

/** What fusion needs to know of every chunk that any of the finders brought. */
function candidateRows(
  { embedding }: CandidateQuery,
  { words, finders, generation }: { words: readonly LookedUpWord[]; finders: readonly SQL[]; generation: number },
): SQL {
  const found = sql.join(
    finders.map((finder) => sql`(${finder})`),
    sql` union `,
  );
  const similarity =
    embedding === null ? sql`null::float8` : sql`1 - (chunk.embedding <=> ${vectorLiteral(embedding)}::halfvec)`;
  const matching = (condition: SQL) =>
    words.length === 0 ? sql`'{}'::text[]` : sql`array(select word.word from ${wordTable(words)} where ${condition})`;
  return sql`
    with found as materialized (${found})
    select
      chunk.entity_id, chunk.chunk_index, chunk.checksum, chunk.start_offset, chunk.end_offset,
      ${similarity} as similarity,
      ${matching(sql`chunk.lexemes @@ word.query`)} as matched_words,
      ${matching(sql`first.title_lexemes @@ word.query or exists (
        select from entity_tags where entity_tags.entity_id = found.entity_id and entity_tags.tag = any (word.names)
      )`)} as title_matched_words
    from found
      join entity_vectors chunk
        on chunk.entity_id = found.entity_id and chunk.generation = ${generation}
          and chunk.chunk_index = found.chunk_index
      join entity_vectors first
        on first.entity_id = found.entity_id and first.generation = ${generation} and first.chunk_index = 0`;
}

function wordTable(words: readonly LookedUpWord[]): SQL {
  const rows = words.map(
    ({ word, query, rarity, names }) => sql`(${word}::text, ${query}::tsquery, ${rarity}::float8, ${textArray(names)})`,
  );
  return sql`(values ${sql.join(rows, sql`, `)}) as word (word, query, rarity, names)`;
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
