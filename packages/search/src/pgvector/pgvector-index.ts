import { type Queryable, schema, selectRows } from '@synap/database';
import { and, eq, sql } from 'drizzle-orm';
import type { IndexedRevision, SearchIndex } from '../search-index.ts';
import { type Abilities, findCandidates } from './find-candidates.ts';
import { type Generation, keepDimensions, openGenerationsOf, readOpenGenerations } from './generations.ts';
import { createMaintenance } from './maintenance.ts';
import { keepPastRevision, replaceRevision } from './replace-revision.ts';
import { createReadiness, ensureVectorIndex, type Indexed } from './vector-index.ts';

const { entityVectors } = schema;

/**
 * The index in PostgreSQL: vectors by pgvector, words by full-text search in the chunk's own language, one row for each
 * chunk and generation.
 */
export function createPgvectorIndex(database: Indexed): SearchIndex {
  const { queries } = database;
  const isReady = createReadiness(database);
  const readAbilities = once(() => readServerAbilities(queries));
  const ensured = new Set<number>();

  /** Sees to it that a generation knows its dimension and has its HNSW index. */
  const prepare = async (generation: Generation, revision: IndexedRevision): Promise<Generation> => {
    const length = revision.chunks[0]?.embedding.length;
    if (length === undefined) return generation;
    const prepared = generation.dimensions === length ? generation : await keepDimensions(queries, generation, length);
    // A server makes it in one go when all is there, which is several times as fast; embedded that would block everything.
    const isLater = generation.status === 'building' && database.engine.kind === 'postgres';
    if (!isLater && !ensured.has(generation.id)) {
      await ensureVectorIndex(database, prepared);
      ensured.add(generation.id);
    }
    return prepared;
  };

  return {
    ...createMaintenance(database),

    async keepPast(revision) {
      const { known } = await readAbilities();
      const open = await readOpenGenerations(queries);
      const building = open.find(({ model, status }) => status === 'building' && model === revision.model);
      if (building === undefined) return;
      const generation = await prepare(building, revision);
      await keepPastRevision(queries, { revision, generation, languages: known });
    },

    async replace(revision, { isOutgoing = false } = {}) {
      const { known } = await readAbilities();
      let isReplaced = false;
      const open = isOutgoing
        ? (await readOpenGenerations(queries)).filter(({ model }) => model === revision.model)
        : await openGenerationsOf(queries, revision.model);
      for (const one of open) {
        const generation = await prepare(one, revision);
        // While another is filled, the one that answers needs nothing but changes.
        const keepsSame = open.length > 1 && one.status === 'live';
        const stored = { revision, generation, languages: known, keepsSame };
        isReplaced = (await replaceRevision(database, stored)) || isReplaced;
      }
      return isReplaced;
    },

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
        .select({ embedding: entityVectors.embedding })
        .from(entityVectors)
        .where(
          and(
            eq(entityVectors.userId, userId),
            eq(entityVectors.entityId, entityId),
            eq(entityVectors.generation, generation.id),
          ),
        )
        .orderBy(entityVectors.chunkIndex);
      return rows.map(({ embedding }) => embedding).filter((embedding) => embedding !== null);
    },

    async describe() {
      const { version, hasTrigrams, walksGraphs } = await readAbilities();
      const lacks = [
        ...(walksGraphs ? [] : ['it is slow for users of many chunks: update pgvector to 0.8']),
        ...(hasTrigrams
          ? []
          : ['misspelt names are not found: run CREATE EXTENSION pg_trgm in its database and restart']),
      ];
      return [`pgvector ${version}`, ...lacks].join('; ');
    },

    async liveModel() {
      const [live] = await readOpenGenerations(queries);
      return live?.model ?? null;
    },

    async candidates(query) {
      const generation = await readGenerationOf(queries, query.model);
      if (generation === null) return { words: [], chunks: [] };
      const { walksGraphs, ...abilities } = await readAbilities();
      const isIndexed = walksGraphs && (await isReady(generation));
      return findCandidates(queries, query, { generation, isIndexed, ...abilities });
    },
  };
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
