import { type Queryable, selectRows } from '@synap/database';
import { EntityId } from '@synap/domain';
import { type SQL, sql } from 'drizzle-orm';
import type { QueryWord } from '../query-word.ts';
import type { CandidateQuery, ChunkCandidate, PastRevision, SearchFilter } from '../search-index.ts';
import { findElsewhere } from '../vectors/find-elsewhere.ts';
import { digestOfTitle, type RevisionChunk, type RevisionKey, type VectorStore } from '../vectors/vector-store.ts';
import { hasAsked, isSelective, passes } from './conditions.ts';
import { type ChunkKey, findNearest, type NearestChunk, type VectorScope } from './nearest-chunks.ts';
import { type LookedUpWord, type QueryWords, readQueryWords, type UsedLanguage } from './query-words.ts';
import { vectorLiteral } from './replace-revisions.ts';
import { findersOfWords, formTable, hasForm, nameTable, type Passing } from './word-finders.ts';

/** Counted no further: a word's rarity hardly changes beyond. */
const CHUNKS_COUNTED_MAX = 20_000;
/** What the generation that is asked is like. */
export type CandidateScope = Omit<VectorScope, 'asked' | 'isSelective'> & Abilities;

/** What the PostgreSQL can do that is asked. */
export interface Abilities {
  /** The text-search configurations that it has. */
  readonly known: ReadonlySet<string>;
  /** Whether it has pg_trgm. */
  readonly hasTrigrams: boolean;
}

const NO_SCOPE: { languages: UsedLanguage[]; chunks: number } = { languages: [], chunks: 0 };
const NO_NEAREST: Nearest = { keys: [], rows: [] };
const NO_MATCHES = { matched_words: [], title_words: [], tag_words: [], standing_words: [] };
const NO_WORDS: QueryWords = { words: [], home: '' };

/**
 * What each of the ways to find chunks brings, each chunk once, with what fusion needs of it.
 * @param elsewhere where the vectors of this generation are, if they are not in its rows.
 */
export async function findCandidates(
  queries: Queryable,
  query: CandidateQuery,
  scope: CandidateScope,
  elsewhere: VectorStore | null,
): Promise<{ words: QueryWord[]; chunks: ChunkCandidate[] }> {
  const generation = scope.generation.id;
  const needsLanguages = [query.useWords, query.phrases?.length, query.excluded?.length].some(Boolean);
  const user = needsLanguages ? await readUserScope(queries, query.userId, generation) : NO_SCOPE;
  if (needsLanguages && user.languages.length === 0) return { words: [], chunks: [] };
  // A word that is nowhere now may be somewhere then: nothing is guessed of it.
  const wordScope = { ...scope, ...user, userId: query.userId, generation, isLiteral: query.past !== undefined };
  const readWords = () => (query.useWords ? readQueryWords(queries, query.text, wordScope) : NO_WORDS);
  const askedWith = (words: readonly LookedUpWord[]) =>
    sql`${hasAsked(query, generation, namesOf(user.languages))} and ${inTitle(query, words, generation)}`;
  const { embedding, past } = query;
  const present = past === undefined ? query : { ...query, filter: unchangedSince(query.filter, past.asOf) };
  // Both at once, unless the words are needed to know what may be near.
  const first = query.inTitle === true ? await readWords() : null;
  const leavesFew = [query.phrases?.length, query.excluded?.length, query.inTitle].some(Boolean);
  const vectorScope = {
    ...scope,
    asked: askedWith(first?.words ?? []),
    isSelective: leavesFew || isSelective(present.filter),
  };
  const [{ words, home }, nearest] = await Promise.all([
    first ?? readWords(),
    embedding === null ? NO_NEAREST : findNearestIn(elsewhere, queries, { ...present, embedding }, vectorScope),
  ]);
  const asked = askedWith(words);
  const passing = sql`${passes(present.filter)} and ${asked}`;
  const asRow = elsewhere === null ? query : { ...query, embedding: null };
  const finders = findersOf(query, { words, generation, passing });
  const rows = await readPresentRows(queries, asRow, { words, generation, finders, nearest });
  if (past !== undefined && past.revisions.length > 0) {
    const then = { words: words.map((word) => ({ ...word, names: [] })), generation, passing: asked };
    rows.push(...(await readPastRows(queries, query, { ...then, scope, elsewhere, revisions: past.revisions })));
  }
  if (embedding !== null && elsewhere !== null) await addSimilarities(rows, elsewhere, { ...query, embedding }, scope);
  const chunks = rows.map((row) => toCandidate(row, { words, home }));
  return { words: words.map(withoutLookup), chunks };
}

/** What fits of what is there. Where the nearest are all that is asked for, their rows were read already. */
async function readPresentRows(
  queries: Queryable,
  query: CandidateQuery,
  { nearest, finders, ...found }: Words & { finders: readonly SQL[]; generation: number; nearest: Nearest },
): Promise<CandidateRow[]> {
  if (found.words.length === 0 && nearest.rows.length > 0) {
    return nearest.rows.map((row) => ({ ...row, ...NO_MATCHES }));
  }
  const all = nearest.keys.length === 0 ? finders : [listed(nearest.keys), ...finders];
  return readRows(queries, query, { ...found, finders: all });
}

/** What fits of revisions that are past. */
async function readPastRows(
  queries: Queryable,
  query: CandidateQuery,
  past: Passing & Words & { scope: CandidateScope; elsewhere: VectorStore | null; revisions: readonly PastRevision[] },
): Promise<CandidateRow[]> {
  const { elsewhere, scope, revisions } = past;
  const { userId, embedding, limit } = query;
  const finders = findersOf(query, past);
  if (embedding === null) return readRows(queries, query, { ...past, finders });
  if (elsewhere === null) {
    return readRows(queries, query, { ...past, finders: [...finders, exactScan(query, embedding, past)] });
  }
  const among = { kind: 'revisions', revisions: revisions.map(keyOfRevision) } as const;
  const found = await elsewhere.nearest(scope.generation, { userId, embedding, limit }, among);
  const keys = found.map(({ entityId, chunkIndex }) => ({ entity_id: entityId, chunk_index: chunkIndex }));
  if (keys.length > 0) finders.push(passingOf(keys, past));
  return readRows(queries, { ...query, embedding: null }, { ...past, finders });
}

/** The nearest chunks; with their rows, if these were read on the way. */
interface Nearest {
  readonly keys: readonly ChunkKey[];
  readonly rows: readonly NearestChunk[];
}

async function findNearestIn(
  elsewhere: VectorStore | null,
  queries: Queryable,
  query: CandidateQuery & { readonly embedding: Float32Array },
  scope: VectorScope,
): Promise<Nearest> {
  if (elsewhere !== null) return { keys: await findElsewhere(queries, elsewhere, query, scope), rows: [] };
  const rows = await findNearest(queries, query, scope);
  return { keys: rows.map(({ entity_id, chunk_index }) => ({ entity_id, chunk_index })), rows };
}

function keyOfRevision({ entityId, checksum, title }: PastRevision): RevisionKey {
  return { entityId, checksum, titleDigest: digestOfTitle(title) };
}

/** Asks a store of vectors how near the chunks are that were found by any way. */
async function addSimilarities(
  rows: CandidateRow[],
  elsewhere: VectorStore,
  query: CandidateQuery & { readonly embedding: Float32Array },
  { generation }: CandidateScope,
): Promise<void> {
  const chunks = rows.map(
    (row): RevisionChunk => ({
      entityId: row.entity_id,
      chunkIndex: row.chunk_index,
      checksum: row.checksum,
      titleDigest: row.title_digest,
    }),
  );
  const similarities = chunks.length === 0 ? [] : await elsewhere.similarities(generation, query, chunks);
  for (const [place, row] of rows.entries()) row.similarity = similarities[place] ?? null;
}

function withoutLookup({
  forms: _forms,
  uses: _uses,
  usedIn: _usedIn,
  names: _names,
  ...word
}: LookedUpWord): QueryWord {
  return word;
}

function unchangedSince(filter: SearchFilter, asOf: Date): SearchFilter {
  const to = new Date(asOf.getTime() + 1);
  const before = filter.updated?.to;
  return { ...filter, updated: { ...filter.updated, to: before === undefined || before > to ? to : before } };
}

function findersOf(query: CandidateQuery, { words, generation, passing }: Passing & Words): SQL[] {
  if (words.length > 0) return findersOfWords(query, words, { generation, passing });
  const isFilterAlone = query.embedding === null && query.text.trim() === '';
  return isFilterAlone ? [latestThings(query, { generation, passing })] : [];
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

function namesOf(languages: readonly UsedLanguage[]): string[] {
  return languages.map(({ language }) => language);
}

/** The languages of the user's chunks, each found by a jump in the index, and about how many chunks are in each. */
async function readUserScope(
  queries: Queryable,
  userId: string,
  generation: number,
): Promise<{ languages: UsedLanguage[]; chunks: number }> {
  const languages = await selectRows<UsedLanguage>(
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
      select language, (select count(*)::int from (select from entity_vectors chunk
          where chunk.user_id = ${userId} and chunk.generation = ${generation} and chunk.language = used.language
          limit ${CHUNKS_COUNTED_MAX}) counted) as chunks
      from used where language is not null`,
  );
  return { languages, chunks: languages.reduce((sum, { chunks }) => sum + chunks, 0) };
}

function listed(keys: readonly ChunkKey[]): SQL {
  return sql`select * from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as nearest (entity_id uuid, chunk_index integer)`;
}

/** Of these chunks, those that pass. */
function passingOf(keys: readonly ChunkKey[], { generation, passing }: Passing): SQL {
  return sql`
    select chunk.entity_id, chunk.chunk_index
    from (${listed(keys)}) given
      join entity_vectors chunk on chunk.entity_id = given.entity_id and chunk.chunk_index = given.chunk_index
        and chunk.generation = ${generation}
      join entities entity on entity.id = chunk.entity_id
    where ${passing}`;
}

/** Where nothing but a filter is asked for: what was changed last. */
function latestThings({ userId, limit }: CandidateQuery, { generation, passing }: Passing): SQL {
  return sql`
    select chunk.entity_id, chunk.chunk_index
    from entities entity join entity_vectors chunk
      on chunk.entity_id = entity.id and chunk.generation = ${generation} and chunk.chunk_index = 0
    where entity.user_id = ${userId} and ${passing}
    order by entity.updated_at desc
    limit ${limit}`;
}

function exactScan({ userId, limit }: CandidateQuery, embedding: Float32Array, { generation, passing }: Passing): SQL {
  return sql`
    select chunk.entity_id, chunk.chunk_index
    from entity_vectors chunk join entities entity on entity.id = chunk.entity_id
    where chunk.user_id = ${userId} and chunk.generation = ${generation} and ${passing}
    order by chunk.embedding <=> ${vectorLiteral(embedding)}::halfvec
    limit ${limit}`;
}

function inTitle(query: CandidateQuery, words: readonly LookedUpWord[], generation: number): SQL {
  if (query.inTitle !== true || words.length === 0) return sql`true`;
  return sql`exists (select from entity_vectors part, ${formTable(words)}
    where part.entity_id = entity.id and part.generation = ${generation} and part.chunk_index = 0
      and ${hasForm(sql`part`, sql`title_lexemes`)})`;
}

interface CandidateRow {
  entity_id: string;
  chunk_index: number;
  checksum: string;
  title_digest: string;
  start_offset: number;
  end_offset: number;
  similarity: number | null;
  language: string;
  matched_words: string[];
  title_words: string[];
  tag_words: string[];
  standing_words: string[];
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
  const matching = (table: SQL, condition: SQL) =>
    words.length === 0 ? sql`'{}'::text[]` : sql`array(select word from ${table} where ${condition})`;
  const forms = formTable(words);
  return sql`
    with ${revisions === undefined ? sql`` : sql`${rowsOf(revisions, { userId, generation })},`}
    found as materialized (${found})
    select
      chunk.entity_id, chunk.chunk_index, chunk.checksum, chunk.title_digest, chunk.start_offset, chunk.end_offset, chunk.language,
      ${similarity} as similarity,
      ${matching(forms, hasForm(sql`chunk`, sql`lexemes`))} as matched_words,
      ${matching(forms, hasForm(sql`first`, sql`title_lexemes`))} as title_words,
      ${matching(
        nameTable(words),
        sql`exists (select from entity_tags
        where entity_tags.entity_id = found.entity_id and entity_tags.tag = word.name)`,
      )} as tag_words,
      ${matching(forms, sql`chunk.lexemes @@ form.standing or first.title_lexemes @@ form.standing`)} as standing_words
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
    `user_id, entity_id, generation, chunk_index, checksum, title_digest, start_offset, end_offset, language, embedding, lexemes, title_lexemes`,
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

function toCandidate(row: CandidateRow, { words, home }: QueryWords): ChunkCandidate {
  const titleMatchedWords = [...new Set([...row.title_words, ...row.tag_words])];
  const standing = new Set([...row.standing_words, ...row.tag_words]);
  const inflected = words.filter(
    ({ word, forms }) => !standing.has(word) && forms.some((form) => form.standing !== null),
  );
  return {
    entityId: EntityId.parse(row.entity_id),
    chunkIndex: row.chunk_index,
    checksum: row.checksum,
    start: row.start_offset,
    end: row.end_offset,
    similarity: row.similarity,
    matchedWords: [...new Set(row.matched_words)],
    titleMatchedWords,
    inflectedWords: inflected.map(({ word }) => word),
    foreignWords: foreignWords(row.language, new Set([...row.matched_words, ...titleMatchedWords]), { words, home }),
  };
}

/**
 * Words that cannot be expected of a chunk in another language than the query's: those that nothing in its language has,
 * if it shares a name with the query, a word that is nowhere in the query's own language. Without a name it would be false
 * friends that make a chunk an answer.
 */
function foreignWords(language: string, matched: ReadonlySet<string>, { words, home }: QueryWords): string[] {
  if (language === home) return [];
  const sharesName = words.some(({ word, usedIn }) => matched.has(word) && !usedIn.has(home));
  return sharesName ? words.filter(({ usedIn }) => !usedIn.has(language)).map(({ word }) => word) : [];
}
