import { type Queryable, schema, selectRows } from '@synap/database';
import { and, eq, sql } from 'drizzle-orm';
import type { IndexedRevision, SearchIndex } from '../search-index.ts';
import { digestOfTitle, type RevisionVectors, type VectorStore } from '../vectors/vector-store.ts';
import { type Abilities, findCandidates } from './find-candidates.ts';
import { type Generation, IN_ROWS, keepDimensions, openGenerationsOf, readOpenGenerations } from './generations.ts';
import { createMaintenance } from './maintenance.ts';
import { rememberLargeUsers } from './nearest-chunks.ts';
import { keepPastRevision, type Replacement, replaceRevisions, type Storing } from './replace-revisions.ts';
import { createReadiness, ensureVectorIndex, type Indexed } from './vector-index.ts';

const { entityVectors } = schema;

/**
 * The index in PostgreSQL: vectors by pgvector, words by full-text search in the chunk's own language, one row for each
 * chunk and generation.
 *
 * @param elsewhere keeps the vectors in the place of pgvector. What is in rows answers until a generation of vectors
 *   there has taken its place, and the other way round.
 */
export function createSearchIndex(database: Indexed, elsewhere: VectorStore | null = null): SearchIndex {
  const { queries } = database;
  const isReady = createReadiness(database);
  const readAbilities = once(() => readServerAbilities(queries));
  const ensured = new Set<number>();
  const large = rememberLargeUsers();

  /** Sees to it that a generation knows its dimension and has its HNSW index. */
  const prepare = async (generation: Generation, revision: IndexedRevision): Promise<Generation> => {
    const length = revision.chunks[0]?.embedding.length;
    if (length === undefined) return generation;
    const prepared = generation.dimensions === length ? generation : await keepDimensions(queries, generation, length);
    const store = storeOf(prepared);
    if (store !== null) await store.prepare(prepared);
    if (prepared.vectorStore !== IN_ROWS) return prepared;
    // A server makes it in one go when all is there, which is several times as fast; embedded that would block everything.
    const isLater = generation.status === 'building' && database.engine.kind === 'postgres';
    if (!isLater && !ensured.has(generation.id)) {
      await ensureVectorIndex(database, prepared);
      ensured.add(generation.id);
    }
    return prepared;
  };

  /** Where the vectors of a generation are, if not in rows; one that is no longer configured cannot be asked. */
  const storeOf = ({ vectorStore }: Generation): VectorStore | null =>
    vectorStore === elsewhere?.name ? elsewhere : null;

  const replaceAll: SearchIndex['replaceAll'] = async (revisions, { isOutgoing = false } = {}) => {
    const [first] = revisions;
    if (first === undefined) return [];
    const { known } = await readAbilities();
    const isStored = revisions.map(() => false);
    const open = await openFor(first.model, { isOutgoing });
    for (const one of open) {
      const generation = await prepare(one, first);
      // While another is filled, the one that answers needs nothing but changes.
      const keepsSame = open.length > 1 && one.status === 'live';
      const replaced = await replaceIn(storeOf(generation), database, revisions, {
        generation,
        languages: known,
        keepsSame,
      });
      for (const [place, replacement] of replaced.entries()) isStored[place] ||= replacement === 'stored';
    }
    return isStored;
  };
  const openFor = async (model: string, { isOutgoing }: { isOutgoing: boolean }): Promise<Generation[]> => {
    if (!isOutgoing) return openGenerationsOf(queries, { model, vectorStore: elsewhere?.name ?? IN_ROWS });
    return (await readOpenGenerations(queries)).filter((generation) => generation.model === model);
  };

  return {
    ...createMaintenance(database, elsewhere),

    async keepPast(revision) {
      const { known } = await readAbilities();
      const open = await readOpenGenerations(queries);
      const building = open.find(({ model, status }) => status === 'building' && model === revision.model);
      if (building === undefined) return;
      const generation = await prepare(building, revision);
      await storeOf(generation)?.put(generation, vectorsOf(revision), { isPresent: false });
      await keepPastRevision(queries, revision, { generation, languages: known });
    },

    replace: async (revision, options) => (await replaceAll([revision], options))[0] === true,
    replaceAll,

    async indexedVersion({ userId, entityId, model }) {
      const generation = await readGenerationOf(queries, model);
      if (generation === null) return null;
      const [row] = await queries
        .select({ version: entityVectors.entityVersion })
        .from(entityVectors)
        .where(
          and(
            eq(entityVectors.userId, userId),
            eq(entityVectors.entityId, entityId),
            eq(entityVectors.generation, generation.id),
          ),
        )
        .limit(1);
      return row?.version ?? null;
    },

    async embeddingsOf({ userId, entityId, model }) {
      const generation = await readGenerationOf(queries, model);
      if (generation === null) return [];
      const rows = await queries
        .select({
          embedding: entityVectors.embedding,
          chunkIndex: entityVectors.chunkIndex,
          checksum: entityVectors.checksum,
          titleDigest: entityVectors.titleDigest,
        })
        .from(entityVectors)
        .where(
          and(
            eq(entityVectors.userId, userId),
            eq(entityVectors.entityId, entityId),
            eq(entityVectors.generation, generation.id),
          ),
        )
        .orderBy(entityVectors.chunkIndex);
      const store = storeOf(generation);
      if (store !== null)
        return store.embeddings(
          generation,
          userId,
          rows.map((row) => ({ ...row, entityId })),
        );
      return rows.map(({ embedding }) => embedding).filter((embedding) => embedding !== null);
    },

    async describe() {
      const { version, hasTrigrams, walksGraphs } = await readAbilities();
      const lacks = [
        ...(walksGraphs || elsewhere !== null ? [] : ['it is slow for users of many chunks: update pgvector to 0.8']),
        ...(hasTrigrams
          ? []
          : ['misspelt names are not found: run CREATE EXTENSION pg_trgm in its database and restart']),
      ];
      const name = elsewhere === null ? `pgvector ${version}` : await elsewhere.describe();
      return [name, ...lacks].join('; ');
    },

    async liveModel() {
      const [live] = await readOpenGenerations(queries);
      return live?.model ?? null;
    },

    async candidates(query) {
      const generation = await readGenerationOf(queries, query.model);
      if (generation === null) return { words: [], chunks: [] };
      const { walksGraphs, ...abilities } = await readAbilities();
      const store = storeOf(generation);
      const hasVectors = store !== null || generation.vectorStore === IN_ROWS;
      const isIndexed = walksGraphs && store === null && (await isReady(generation));
      const asked = hasVectors ? query : { ...query, embedding: null };
      return findCandidates(queries, asked, { generation, isIndexed, large, ...abilities }, store);
    },
  };
}

function vectorsOf({ userId, entityId, checksum, title, chunks }: IndexedRevision): RevisionVectors {
  const embeddings = chunks.map(({ embedding }) => embedding);
  return { userId, entityId, checksum, titleDigest: digestOfTitle(title), embeddings };
}

/**
 * Replaces the rows of things, and their vectors in the store if they are not in rows. The vectors are put in first: rows
 * that are there can always answer. Of things that are gone meanwhile, so are they.
 */
async function replaceIn(
  store: VectorStore | null,
  database: Indexed,
  revisions: readonly IndexedRevision[],
  storing: Storing,
): Promise<Replacement[]> {
  if (store === null) return replaceRevisions(database, revisions, storing);
  const { generation } = storing;
  for (const revision of revisions) await store.put(generation, vectorsOf(revision), { isPresent: true });
  const replaced = await replaceRevisions(database, revisions, {
    ...storing,
    onPresent: ({ userId, ...revision }) => store.markPresent(generation, userId, revision),
  });
  for (const [place, { userId, entityId }] of revisions.entries()) {
    if (replaced[place] === 'gone') await store.forget(generation, { userId, entityId });
  }
  return replaced;
}

/** Of a model's generations the one that answers: the live one, else the one that is being built. */
async function readGenerationOf(queries: Queryable, model: string): Promise<Generation | null> {
  const open = await readOpenGenerations(queries);
  return open.find((generation) => generation.model === model) ?? null;
}

/** What this PostgreSQL can do. */
interface ServerAbilities extends Abilities {
  /** Of pgvector. */
  readonly version: string;
  /** Whether its pgvector can search the graph for one of many users: from 0.8 on. */
  readonly walksGraphs: boolean;
}

async function readServerAbilities(queries: Queryable): Promise<ServerAbilities> {
  const [row] = await selectRows<{ languages: string[]; has_trigrams: boolean; version: string }>(
    queries,
    sql`select array(select cfgname::text from pg_ts_config where cfgnamespace = 'pg_catalog'::regnamespace) as languages,
      exists (select from pg_extension where extname = 'pg_trgm') as has_trigrams,
      (select extversion from pg_extension where extname = 'vector') as version`,
  );
  const { languages = [], has_trigrams: hasTrigrams = false, version = '' } = row ?? {};
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return { known: new Set(languages), hasTrigrams, version, walksGraphs: major > 0 || minor >= 8 };
}

function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let value: Promise<Value> | null = null;
  return () => {
    value ??= read().catch((error: unknown) => {
      value = null;
      throw error;
    });
    return value;
  };
}
