import { type Database, type Queryable, schema, selectRows, type Transaction } from '@synap/database';
import { type SQL, sql } from 'drizzle-orm';
import { detectLanguage } from '../language/detect-language.ts';
import { partText } from '../language/grams.ts';
import type { IndexedChunk, IndexedRevision } from '../search-index.ts';
import { digestOfTitle, type RevisionKey } from '../vectors/vector-store.ts';
import { type Generation, IN_ROWS } from './generations.ts';
import { lexemesOf } from './lexemes.ts';

/** So many go in one statement: a few megabytes. */
const CHUNKS_PER_INSERT = 1_000;
/** Of both tables; a migration has put them in another order in one of them. */
const CHUNK_COLUMNS = sql.raw(`user_id, entity_id, generation, chunk_index, checksum, title_digest, entity_version,
  start_offset, end_offset, language, embedding, lexemes, title_lexemes`);

/** Where and how revisions are stored. */
export interface Storing {
  readonly generation: Generation;
  /** The configurations that this PostgreSQL has. */
  readonly languages: ReadonlySet<string>;
  /** Leave alone what is there of the same revision. */
  readonly keepsSame?: boolean;
  /**
   * Says which revision of a thing answers from now on, where its vectors are not in rows. It is called before the rows
   * are committed, while no other run for this thing is between its own two.
   */
  readonly onPresent?: (revision: RevisionKey & Pick<IndexedRevision, 'userId'>) => Promise<void>;
}

/** What became of a revision: it is stored, a newer one is there, or its thing is gone. */
export type Replacement = 'stored' | 'superseded' | 'gone';

/**
 * Replaces the rows of things, each at most once, in one transaction, and forgets that they failed before. What was there
 * of an earlier revision goes to the past.
 */
export function replaceRevisions(
  { queries }: Pick<Database, 'queries'>,
  revisions: readonly IndexedRevision[],
  storing: Storing,
): Promise<Replacement[]> {
  return queries.transaction(async (transaction) => {
    const present = await lockPresent(transaction, revisions, storing.generation.id);
    const decided = revisions.map((revision) => decide(revision, present.get(revision.entityId), storing));
    const stored = revisions.filter((_, place) => decided[place]?.writes === true);
    await retireRows(transaction, stored, storing.generation.id);
    await insertChunks(transaction, sql`entity_vectors`, stored, storing);
    await forgetFailures(transaction, stored, storing.generation.id);
    for (const { answers } of decided) if (answers !== null) await storing.onPresent?.(answers);
    return decided.map(({ replacement }) => replacement);
  });
}

/** Stores a revision that is no longer the present one; it can be stored again. */
export function keepPastRevision(queries: Queryable, revision: IndexedRevision, storing: Storing): Promise<void> {
  return insertChunks(queries, sql`past_vectors`, [revision], storing);
}

interface PresentRow {
  readonly entity_id: string;
  /** All `null` where nothing is indexed yet. */
  readonly version: number | null;
  readonly checksum: string | null;
  readonly title_digest: string | null;
}

/**
 * What is indexed of things that are there. Runs for one thing take turns, so that the older of them sees the newer one's
 * rows; they are locked in one order, so that two batches never wait for each other.
 */
async function lockPresent(
  transaction: Transaction,
  revisions: readonly IndexedRevision[],
  generation: number,
): Promise<Map<string, PresentRow>> {
  const locked = await selectRows<{ id: string }>(
    transaction,
    sql`select id from entities where (user_id, id) in (select user_id, entity_id from ${named(revisions)}) order by id for update`,
  );
  // In a statement of its own: it sees what whoever held a lock has committed.
  const rows = await selectRows<PresentRow>(
    transaction,
    sql`select distinct on (entity_id) entity_id, entity_version as version, checksum, title_digest from entity_vectors
      where (user_id, entity_id) in (select user_id, entity_id from ${named(revisions)}) and generation = ${generation}`,
  );
  const nothing = { version: null, checksum: null, title_digest: null };
  const present = new Map<string, PresentRow>(locked.map(({ id }) => [id, { entity_id: id, ...nothing }]));
  for (const row of rows) present.set(row.entity_id, row);
  return present;
}

function decide(
  { userId, entityId, entityVersion, checksum, title }: IndexedRevision,
  present: PresentRow | undefined,
  { keepsSame = false }: Storing,
): { replacement: Replacement; writes: boolean; answers: Parameters<NonNullable<Storing['onPresent']>>[0] | null } {
  if (present === undefined) return { replacement: 'gone', writes: false, answers: null };
  const own = { userId, entityId, checksum, titleDigest: digestOfTitle(title) };
  const { version, checksum: itsChecksum, title_digest: titleDigest } = present;
  if (version === null || itsChecksum === null || titleDigest === null) {
    return { replacement: 'stored', writes: true, answers: own };
  }
  if (version > entityVersion) {
    return {
      replacement: 'superseded',
      writes: false,
      answers: { userId, entityId, checksum: itsChecksum, titleDigest },
    };
  }
  const isSame = itsChecksum === checksum && titleDigest === own.titleDigest && version === entityVersion;
  return { replacement: 'stored', writes: !(isSame && keepsSame), answers: own };
}

async function retireRows(
  transaction: Transaction,
  revisions: readonly IndexedRevision[],
  generation: number,
): Promise<void> {
  if (revisions.length === 0) return;
  await transaction.execute(sql`
    with gone as (
      delete from entity_vectors chunk using ${named(revisions)}
      where chunk.user_id = revision.user_id and chunk.entity_id = revision.entity_id and chunk.generation = ${generation}
      returning chunk.*, revision.checksum as next_checksum, revision.title_digest as next_title_digest
    )
    insert into past_vectors (${CHUNK_COLUMNS}) select ${CHUNK_COLUMNS} from gone
    where (checksum, title_digest) is distinct from (next_checksum, next_title_digest)
    on conflict do nothing`);
}

async function forgetFailures(
  transaction: Transaction,
  revisions: readonly IndexedRevision[],
  generation: number,
): Promise<void> {
  if (revisions.length === 0) return;
  await transaction.execute(sql`
    delete from ${schema.indexingFailures} where generation = ${generation}
      and (user_id, entity_id) in (select user_id, entity_id from ${named(revisions)})`);
}

/** Revisions by what tells them apart, as a table `revision`. */
function named(revisions: readonly IndexedRevision[]): SQL {
  const rows = revisions.map(({ userId, entityId, checksum, title }) => ({
    user_id: userId,
    entity_id: entityId,
    checksum,
    title_digest: digestOfTitle(title),
  }));
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
    as revision (user_id uuid, entity_id uuid, checksum text, title_digest text)`;
}

async function insertChunks(
  queries: Queryable | Transaction,
  table: SQL,
  revisions: readonly IndexedRevision[],
  storing: Storing,
): Promise<void> {
  const rows = revisions.flatMap((revision) =>
    revision.chunks.map((chunk, index) => chunkRow({ revision, chunk, index }, storing)),
  );
  for (let from = 0; from < rows.length; from += CHUNKS_PER_INSERT) {
    // One parameter for all of them: to bind a dozen for each row takes longer than the rest of it.
    const given = JSON.stringify(rows.slice(from, from + CHUNKS_PER_INSERT));
    await queries.execute(sql`
      insert into ${table} (${CHUNK_COLUMNS})
      select user_id, entity_id, ${storing.generation.id}, chunk_index, checksum, title_digest, entity_version,
        start_offset, end_offset, language, embedding::halfvec,
        ${lexemesOf({ language: sql`language`, spaced: sql`spaced`, grams: sql`grams` })},
        case when title_spaced is not null then
          ${lexemesOf({ language: sql`language`, spaced: sql`title_spaced`, grams: sql`title_grams` })} end
      from jsonb_to_recordset(${given}::jsonb) as chunk (
        user_id uuid, entity_id uuid, chunk_index integer, checksum text, title_digest text, entity_version integer,
        start_offset integer, end_offset integer, language text, embedding text, spaced text, grams jsonb,
        title_spaced text, title_grams jsonb
      )
      on conflict do nothing`);
  }
}

function chunkRow(
  { revision, chunk, index }: { revision: IndexedRevision; chunk: IndexedChunk; index: number },
  { generation, languages }: Storing,
) {
  // A short chunk tells less about its language than all of them together.
  const otherwise = detectLanguage(revision.chunks[0]?.text ?? revision.title);
  const { spaced, grams } = partText(chunk.text);
  const title = index === 0 ? partText(revision.title) : null;
  return {
    user_id: revision.userId,
    entity_id: revision.entityId,
    chunk_index: index,
    checksum: revision.checksum,
    title_digest: digestOfTitle(revision.title),
    entity_version: revision.entityVersion,
    start_offset: chunk.start,
    end_offset: chunk.end,
    language: known(detectLanguage(chunk.text, { otherwise }), languages),
    embedding: generation.vectorStore === IN_ROWS ? vectorLiteral(chunk.embedding) : null,
    spaced,
    grams,
    title_spaced: title?.spaced ?? null,
    title_grams: title?.grams ?? null,
  };
}

function known(language: string, languages: ReadonlySet<string>): string {
  return languages.has(language) ? language : 'simple';
}

/** A vector as pgvector reads it. */
export function vectorLiteral(embedding: Float32Array): string {
  return `[${embedding.join(',')}]`;
}
