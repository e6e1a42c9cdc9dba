import { type Queryable, schema, selectRows } from '@synap/database';
import { and, eq, sql } from 'drizzle-orm';
import type { IndexedRevision, SearchIndex } from '../search-index.ts';
import { type Abilities, findCandidates } from './find-candidates.ts';
import { type Generation, keepDimensions, openGenerationsOf, readOpenGenerations } from './generations.ts';
import { replaceRevision } from './replace-revision.ts';
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
    if (!ensured.has(generation.id)) {
      await ensureVectorIndex(database, prepared);
      ensured.add(generation.id);
    }
    return prepared;
  };

  return {
    async replace(revision) {
      const { known } = await readAbilities();
      let isReplaced = false;
      for (const open of await openGenerationsOf(queries, revision.model)) {
        const generation = await prepare(open, revision);
        isReplaced = (await replaceRevision(database, { revision, generation, languages: known })) || isReplaced;
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
  /** Whether its pgvector can search the graph for one of many users: from 0.8 on. */
  readonly walksGraphs: boolean;
}

async function readServerAbilities(queries: Queryable): Promise<ServerAbilities> {
  const [row] = await selectRows<{ languages: string[]; has_trigrams: boolean; walks_graphs: boolean }>(
    queries,
    sql`select array(select cfgname::text from pg_ts_config where cfgnamespace = 'pg_catalog'::regnamespace) as languages,
      exists (select from pg_extension where extname = 'pg_trgm') as has_trigrams,
      exists (select from pg_extension where extname = 'vector'
        and string_to_array(extversion, '.')::int[] >= array[0, 8]) as walks_graphs`,
  );
  return {
    known: new Set(row?.languages),
    hasTrigrams: row?.has_trigrams ?? false,
    walksGraphs: row?.walks_graphs ?? false,
  };
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
