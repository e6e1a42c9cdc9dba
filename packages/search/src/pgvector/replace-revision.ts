import { type Database, type Queryable, schema, type Transaction } from '@synap/database';
import { and, eq, type SQL, sql } from 'drizzle-orm';
import { detectLanguage } from '../language/detect-language.ts';
import type { IndexedChunk, IndexedRevision } from '../search-index.ts';
import { digestOfTitle, type RevisionKey } from '../vectors/vector-store.ts';
import { type Generation, IN_ROWS } from './generations.ts';
import { lexemesOf } from './lexemes.ts';

const { entityVectors, indexingFailures } = schema;

/** A statement has room for 65,535 parameters. */
const ROWS_PER_INSERT = 500;
/** Of both tables; a migration has put them in another order in one of them. */
const CHUNK_COLUMNS = sql.raw(`user_id, entity_id, generation, chunk_index, checksum, title_digest, entity_version,
  start_offset, end_offset, language, embedding, lexemes, title_lexemes`);

/** What of a revision is stored in one generation. */
export interface StoredRevision {
  readonly revision: IndexedRevision;
  readonly generation: Generation;
  /** The configurations that this PostgreSQL has. */
  readonly languages: ReadonlySet<string>;
  /** Leave alone what is there of the same revision. */
  readonly keepsSame?: boolean;
  /**
   * Says which revision of the thing answers from now on, where its vectors are not in rows. It is called before the
   * rows are committed, while no other run for this thing is between its own two.
   */
  readonly onPresent?: (revision: Pick<RevisionKey, 'checksum' | 'titleDigest'>) => Promise<void>;
}

/**
 * Replaces the rows of an entity in one transaction, and forgets that it failed before. What was there of an earlier
 * revision goes to the past.
 * @returns false if a newer version is there already.
 */
export function replaceRevision({ queries }: Pick<Database, 'queries'>, stored: StoredRevision): Promise<boolean> {
  const { userId, entityId, entityVersion, checksum, title } = stored.revision;
  const generation = stored.generation.id;
  const titleDigest = digestOfTitle(title);
  const ofEntity = and(
    eq(entityVectors.userId, userId),
    eq(entityVectors.entityId, entityId),
    eq(entityVectors.generation, generation),
  );
  return queries.transaction(async (transaction) => {
    // Two runs for one entity take turns, so that the older of them sees the newer one's rows.
    await transaction
      .select({ id: schema.entities.id })
      .from(schema.entities)
      .where(and(eq(schema.entities.userId, userId), eq(schema.entities.id, entityId)))
      .for('update');
    const [indexed] = await transaction
      .select({
        version: entityVectors.entityVersion,
        checksum: entityVectors.checksum,
        titleDigest: entityVectors.titleDigest,
      })
      .from(entityVectors)
      .where(ofEntity)
      .limit(1);
    if (indexed !== undefined && indexed.version > entityVersion) {
      await stored.onPresent?.(indexed);
      return false;
    }
    const isSame = indexed?.checksum === checksum && indexed.titleDigest === titleDigest;
    if (isSame && indexed.version === entityVersion && stored.keepsSame === true) return true;
    if (indexed !== undefined) {
      await transaction.execute(sql`
        insert into past_vectors (${CHUNK_COLUMNS}) select ${CHUNK_COLUMNS} from entity_vectors
        where user_id = ${userId} and entity_id = ${entityId} and generation = ${generation}
          and (checksum, title_digest) is distinct from (${checksum}, ${titleDigest})
        on conflict do nothing`);
      await transaction.delete(entityVectors).where(ofEntity);
    }
    await insertChunks(transaction, sql`entity_vectors`, stored);
    await transaction
      .delete(indexingFailures)
      .where(
        and(
          eq(indexingFailures.userId, userId),
          eq(indexingFailures.entityId, entityId),
          eq(indexingFailures.generation, generation),
        ),
      );
    await stored.onPresent?.({ checksum, titleDigest });
    return true;
  });
}

/** Stores a revision that is no longer the present one; it can be stored again. */
export function keepPastRevision(queries: Queryable, stored: StoredRevision): Promise<void> {
  return insertChunks(queries, sql`past_vectors`, stored);
}

async function insertChunks(queries: Queryable | Transaction, table: SQL, stored: StoredRevision): Promise<void> {
  const { chunks } = stored.revision;
  for (let from = 0; from < chunks.length; from += ROWS_PER_INSERT) {
    const rows = chunks
      .slice(from, from + ROWS_PER_INSERT)
      .map((chunk, index) => chunkValues(stored, chunk, from + index));
    await queries.execute(sql`
      insert into ${table} (${CHUNK_COLUMNS}) values ${sql.join(rows, sql`, `)} on conflict do nothing`);
  }
}

function chunkValues({ revision, generation, languages }: StoredRevision, chunk: IndexedChunk, index: number): SQL {
  const { userId, entityId, checksum, title, entityVersion } = revision;
  // A short chunk tells less about its language than all of them together.
  const otherwise = detectLanguage(revision.chunks[0]?.text ?? title);
  const language = known(detectLanguage(chunk.text, { otherwise }), languages);
  const vector = generation.vectorStore === IN_ROWS ? vectorLiteral(chunk.embedding) : null;
  const titleLexemes = index === 0 ? lexemesOf(title, language) : sql`null::tsvector`;
  return sql`(${userId}::uuid, ${entityId}::uuid, ${generation.id}::integer, ${index}::integer, ${checksum},
    ${digestOfTitle(title)}, ${entityVersion}::integer, ${chunk.start}::integer, ${chunk.end}::integer, ${language},
    ${vector}::halfvec, ${lexemesOf(chunk.text, language)}, ${titleLexemes})`;
}

function known(language: string, languages: ReadonlySet<string>): string {
  return languages.has(language) ? language : 'simple';
}

/** A vector as pgvector reads it. */
export function vectorLiteral(embedding: Float32Array): string {
  return `[${embedding.join(',')}]`;
}
