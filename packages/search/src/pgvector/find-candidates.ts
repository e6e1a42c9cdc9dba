import { type Queryable, selectRows } from '@synap/database';
import { EntityId } from '@synap/domain';
import { type SQL, sql } from 'drizzle-orm';
import type { QueryWord } from '../query-word.ts';
import type { CandidateQuery, ChunkCandidate, PastRevision, SearchFilter } from '../search-index.ts';
import { hasAsked, passes } from './conditions.ts';
import { type ChunkKey, findNearest, type VectorScope } from './nearest-chunks.ts';
import { type LookedUpWord, readQueryWords } from './query-words.ts';
import { textArray, vectorLiteral } from './replace-revision.ts';

/** Counted no further: a word's rarity hardly changes beyond. */
const CHUNKS_COUNTED_MAX = 20_000;
/**
 * Chunks are found by the rarest words, until these are in so many chunks; the others still count for what was found. A
 * chunk with none of the rarest covers too little of the query to matter.
 */
const FINDING_USES = 1_000;

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
  const user = await readUserScope(queries, query.userId, generation);
  if (user.languages.length === 0) return { words: [], chunks: [] };
  // A word that is nowhere now may be somewhere then: nothing is guessed of it.
  const wordScope = { ...scope, ...user, userId: query.userId, generation, isLiteral: query.past !== undefined };
  const words = query.useWords ? await readQueryWords(queries, query.text, wordScope) : [];
  const asked = sql`${hasAsked(query, generation, user.languages)} and ${inTitle(query, words, generation)}`;
  const { embedding, past } = query;
  const present = past === undefined ? query : { ...query, filter: unchangedSince(query.filter, past.asOf) };
  const passing = sql`${passes(present.filter)} and ${asked}`;
  const nearest = embedding === null ? [] : await findNearest(queries, { ...present, embedding }, { ...scope, asked });
  const rows = await readRows(queries, query, {
    words,
    generation,
    finders: [...(nearest.length === 0 ? [] : [listed(nearest)]), ...findersOf(query, { words, generation, passing })],
  });
  if (past !== undefined && past.revisions.length > 0) {
    const then = { words: words.map((word) => ({ ...word, names: [] })), generation, passing: asked };
    const finders = findersOf(query, then);
    if (embedding !== null) finders.push(exactScan(query, embedding, then));
    rows.push(...(await readRows(queries, query, { ...then, finders, revisions: past.revisions })));
  }
  return { words: words.map(withoutLookup), chunks: rows.map(toCandidate) };
}

function withoutLookup({ query: _query, uses: _uses, names: _names, ...word }: LookedUpWord): QueryWord {
  return word;
}

function unchangedSince(filter: SearchFilter, asOf: Date): SearchFilter {
  const to = new Date(asOf.getTime() + 1);
  const before = filter.updated?.to;
  return { ...filter, updated: { ...filter.updated, to: before === undefined || before > to ? to : before } };
}

function findersOf(query: CandidateQuery, { words, generation, passing }: Omit<Finding, 'finding'> & Words): SQL[] {
  const finding = findingWords(words);
  if (finding.length > 0) {
    const asked = { finding, generation, passing };
    return [chunksWithWords(query, asked), chunksUnderNames(query, asked)];
  }
  const isFilterAlone = query.embedding === null && query.text.trim() === '';
  return isFilterAlone ? [latestThings(query, { generation, passing })] : [];
}

function findingWords(words: readonly LookedUpWord[]): LookedUpWord[] {
  let uses = 0;
  return words.filter((word) => {
    const isNeeded = uses < FINDING_USES;
    uses += word.uses;
    return isNeeded;
  });
}

interface Words {
  readonly words: readonly LookedUpWord[];
}

async function readRows(
  queries: Queryable,
  query: CandidateQuery,
  found: Words & { finders: readonly SQL[]; generation: number; revisions?: readonly PastRevision[] },
): Promise<CandidateRow[]> {
  return found.finders.length === 0 ? [] : selectRows(queries, candidateRows(query, found));
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
  /** The filter and what else is asked for, on `entity` and `chunk`. */
  readonly passing: SQL;
}

function listed(keys: readonly ChunkKey[]): SQL {
  return sql`select * from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as nearest (entity_id uuid, chunk_index integer)`;
}

function chunksWithWords({ userId, limit }: CandidateQuery, { finding, generation, passing }: Finding): SQL {
  return sql`
    select chunk.entity_id, chunk.chunk_index
    from ${wordTable(finding)} join entity_vectors chunk on chunk.lexemes @@ word.query
      join entities entity on entity.id = chunk.entity_id
    where chunk.user_id = ${userId} and chunk.generation = ${generation} and ${passing}
    group by chunk.entity_id, chunk.chunk_index
    order by sum(word.rarity) desc
    limit ${limit}`;
}

/** The first chunks of things with words in their title, or that have words as tags. */
function chunksUnderNames({ userId, limit }: CandidateQuery, { finding, generation, passing }: Finding): SQL {
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
    where ${passing}
    group by chunk.entity_id, chunk.chunk_index
    order by sum(named.rarity) desc
    limit ${limit}`;
}

/** Where nothing but a filter is asked for: what was changed last. */
function latestThings({ userId, limit }: CandidateQuery, { generation, passing }: Omit<Finding, 'finding'>): SQL {
  return sql`
    select chunk.entity_id, chunk.chunk_index
    from entities entity join entity_vectors chunk
      on chunk.entity_id = entity.id and chunk.generation = ${generation} and chunk.chunk_index = 0
    where entity.user_id = ${userId} and ${passing}
    order by entity.updated_at desc
    limit ${limit}`;
}

function exactScan(
  { userId, limit }: CandidateQuery,
  embedding: Float32Array,
  { generation, passing }: Omit<Finding, 'finding'>,
): SQL {
  return sql`
    select chunk.entity_id, chunk.chunk_index
    from entity_vectors chunk join entities entity on entity.id = chunk.entity_id
    where chunk.user_id = ${userId} and chunk.generation = ${generation} and ${passing}
    order by chunk.embedding <=> ${vectorLiteral(embedding)}::halfvec
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
  { embedding, userId }: CandidateQuery,
  {
    words,
    finders,
    generation,
    revisions,
  }: Words & { finders: readonly SQL[]; generation: number; revisions?: readonly PastRevision[] },
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
    with ${revisions === undefined ? sql`` : sql`${rowsOf(revisions, { userId, generation })},`}
    found as materialized (${found})
    select
      chunk.entity_id, chunk.chunk_index, chunk.checksum, chunk.start_offset, chunk.end_offset,
      ${similarity} as similarity,
      ${matching(sql`chunk.lexemes @@ word.query`)} as matched_words,
      ${matching(sql`first.title_lexemes @@ word.query or exists (
        select from entity_tags where entity_tags.entity_id = found.entity_id and entity_tags.tag = any (word.names)
      )`)} as title_matched_words
    from found
      -- By their keys, one by one: the planner does not know how few were found, and would read the whole table.
      cross join lateral (select * from entity_vectors part
        where part.entity_id = found.entity_id and part.generation = ${generation}
          and part.chunk_index = found.chunk_index offset 0) chunk
      cross join lateral (select * from entity_vectors part
        where part.entity_id = found.entity_id and part.generation = ${generation}
          and part.chunk_index = 0 offset 0) first`;
}

/**
 * The rows of revisions, present ones and past, under the name of the table of the present ones: what is asked of the
 * present is then asked of them.
 */
function rowsOf(
  revisions: readonly PastRevision[],
  { userId, generation }: { userId: string; generation: number },
): SQL {
  const columns = sql.raw(
    `user_id, entity_id, generation, chunk_index, checksum, start_offset, end_offset, embedding, lexemes, title_lexemes`,
  );
  const wanted = JSON.stringify(revisions.map(({ entityId, checksum, title }) => ({ id: entityId, checksum, title })));
  const ofRevisions = sql`user_id = ${userId} and generation = ${generation} and (entity_id, checksum, title_digest) in (
    select id, checksum, left(md5(title), 16)
    from jsonb_to_recordset(${wanted}::jsonb) as wanted (id uuid, checksum text, title text))`;
  return sql`entity_vectors as materialized (
    select ${columns} from entity_vectors where ${ofRevisions}
    union all
    select ${columns} from past_vectors where ${ofRevisions} and not exists (
      select from entity_vectors present where present.entity_id = past_vectors.entity_id
        and present.generation = past_vectors.generation and present.chunk_index = 0
        and (present.checksum, present.title_digest) = (past_vectors.checksum, past_vectors.title_digest)))`;
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
