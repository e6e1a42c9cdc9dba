import { type Queryable, schema, selectRows } from '@synap/database';
import { EntityId, UserId } from '@synap/domain';
import { eq, type SQL, sql } from 'drizzle-orm';
import type { GenerationStatus, IndexingFailure, IndexMaintenance, UnindexedThing } from '../index-maintenance.ts';
import type { VectorStore } from '../vectors/vector-store.ts';
import {
  beginGeneration,
  type Generation,
  IN_ROWS,
  INDEX_RECIPE,
  promoteGeneration,
  readOpenGenerations,
  removeRetired,
  retireGeneration,
} from './generations.ts';
import { ensureVectorIndex, type Indexed } from './vector-index.ts';

const { indexingFailures, searchGenerations } = schema;

const FAILURES_SHOWN = 20;
/** A reason is for people; what a library says beyond is not. */
const REASON_MAX_LENGTH = 500;

/** Everything of the maintenance but the storing of past revisions. */
export function createMaintenance(
  database: Indexed,
  elsewhere: VectorStore | null,
): Omit<IndexMaintenance, 'keepPast'> {
  const { queries } = database;
  const vectorStore = elsewhere?.name ?? IN_ROWS;
  const readBuilding = async (): Promise<Generation | null> => {
    const open = await readOpenGenerations(queries);
    return open.find(({ status }) => status === 'building') ?? null;
  };
  return {
    async openModels() {
      return [...new Set((await readOpenGenerations(queries)).map(({ model }) => model))];
    },

    async isOutdated(model) {
      const open = await readOpenGenerations(queries);
      return open.some(
        (generation) =>
          generation.status === 'building' ||
          generation.model !== model ||
          generation.vectorStore !== vectorStore ||
          generation.recipe < INDEX_RECIPE,
      );
    },

    async beginRebuild(model) {
      const building = await readBuilding();
      const isOther =
        building !== null &&
        (building.model !== model || building.vectorStore !== vectorStore || building.recipe < INDEX_RECIPE);
      if (isOther) await retireGeneration(queries, building.id);
      if (isOther || building === null) await beginGeneration(queries, { model, vectorStore, status: 'building' });
    },

    async unindexed({ after, limit }) {
      const building = await readBuilding();
      if (building === null) return [];
      const rows = await selectRows<{ id: string; user_id: string }>(
        queries,
        sql`select entity.id, entity.user_id from entities entity
          where ${isUnindexed(building.id)} ${after === null ? sql`` : sql`and entity.id > ${after}::uuid`}
          order by entity.id limit ${limit}`,
      );
      return rows.map(
        ({ id, user_id }): UnindexedThing => ({ entityId: EntityId.parse(id), userId: UserId.parse(user_id) }),
      );
    },

    async countUnindexed() {
      const building = await readBuilding();
      if (building === null) return 0;
      const [row] = await selectRows<{ count: number }>(
        queries,
        sql`select count(*)::int as count from entities entity where ${isUnindexed(building.id)}`,
      );
      return row?.count ?? 0;
    },

    async finishRebuild() {
      const building = await readBuilding();
      if (building !== null) {
        if (building.vectorStore === IN_ROWS) await ensureVectorIndex(database, building);
        await promoteGeneration(queries, building.id);
      }
      await removeRetired(queries, async (generation) => {
        if (generation.vectorStore !== elsewhere?.name) return false;
        await elsewhere.drop(generation);
        return true;
      });
    },

    async forget(owner) {
      let forgotten = 0;
      for (const generation of await readGenerationsIn(queries, elsewhere)) {
        forgotten += (await elsewhere?.forget(generation, owner)) ?? 0;
      }
      return forgotten;
    },

    async countElsewhere(userId) {
      let count = 0;
      for (const generation of await readGenerationsIn(queries, elsewhere)) {
        count += (await elsewhere?.count(generation, userId)) ?? 0;
      }
      return count;
    },

    async forgetOrphans() {
      let forgotten = 0;
      for (const generation of await readGenerationsIn(queries, elsewhere)) {
        if (elsewhere !== null) forgotten += await forgetOrphansIn(queries, elsewhere, generation);
      }
      return forgotten;
    },

    async reportFailure({ userId, entityId, model, reason }) {
      const open = (await readOpenGenerations(queries)).filter((generation) => generation.model === model);
      for (const { id: generation } of open) {
        const row = { userId, entityId, generation, reason: reason.slice(0, REASON_MAX_LENGTH) };
        await queries
          .insert(indexingFailures)
          .values(row)
          .onConflictDoUpdate({
            target: [indexingFailures.entityId, indexingFailures.generation],
            set: { reason: row.reason, failedAt: sql`now()` },
          });
      }
    },

    async status(userId) {
      const open = await readOpenGenerations(queries);
      return Promise.all(open.map((generation) => readStatus(database, userId, generation)));
    },
  };
}

/** Of all generations, also those that are to be removed, the ones that are in a store. */
async function readGenerationsIn(queries: Queryable, store: VectorStore | null): Promise<Generation[]> {
  return store === null
    ? []
    : queries.select().from(searchGenerations).where(eq(searchGenerations.vectorStore, store.name));
}

/** Removes the vectors of things that are no more. */
async function forgetOrphansIn(queries: Queryable, store: VectorStore, generation: Generation): Promise<number> {
  let forgotten = 0;
  for await (const page of store.things(generation)) {
    const orphans = await selectRows<{ user_id: string; entity_id: string }>(
      queries,
      sql`select distinct thing.user_id, thing.entity_id
        from jsonb_to_recordset(${JSON.stringify(page.map(({ userId, entityId }) => ({ user_id: userId, entity_id: entityId })))}::jsonb)
          as thing (user_id uuid, entity_id uuid)
        where not exists (select from entities where entities.id = thing.entity_id and entities.user_id = thing.user_id)`,
    );
    for (const { user_id, entity_id } of orphans) {
      const owner = { userId: UserId.parse(user_id), entityId: EntityId.parse(entity_id) };
      forgotten += await store.forget(generation, owner);
    }
  }
  return forgotten;
}

/** Whether a thing, as it is now, is missing from a generation; its title and content are what counts. */
function isUnindexed(generation: number): SQL {
  return sql`not exists (
    select from entity_vectors chunk
    where chunk.entity_id = entity.id and chunk.generation = ${generation} and chunk.chunk_index = 0
      and chunk.checksum = coalesce(entity.checksum, '') and chunk.title_digest = left(md5(entity.title), 16)
  )`;
}

async function readStatus({ queries }: Indexed, userId: UserId, generation: Generation): Promise<GenerationStatus> {
  const { id, model, status } = generation;
  const [counts] = await selectRows<{
    things: number;
    missing: number;
    given_up: number;
    failed: number;
    chunks: number;
  }>(
    queries,
    sql`select
      (select count(*)::int from entities where user_id = ${userId}) as things,
      (select count(*)::int from entities entity where user_id = ${userId} and ${isUnindexed(id)}) as missing,
      (select count(*)::int from entities entity where user_id = ${userId} and ${isUnindexed(id)} and exists (
        select from indexing_failures failure where failure.entity_id = entity.id and failure.generation = ${id}
      )) as given_up,
      (select count(*)::int from indexing_failures where user_id = ${userId} and generation = ${id}) as failed,
      (select count(*)::int from entity_vectors where user_id = ${userId} and generation = ${id}) as chunks`,
  );
  const failures = await selectRows<{ entity_id: string; reason: string; failed_at: string | Date }>(
    queries,
    sql`select entity_id, reason, failed_at from indexing_failures
      where user_id = ${userId} and generation = ${id} order by failed_at desc limit ${FAILURES_SHOWN}`,
  );
  const { things = 0, missing = 0, given_up = 0, failed = 0, chunks = 0 } = counts ?? {};
  return {
    model,
    status: status === 'building' ? 'building' : 'live',
    indexed: things - missing,
    // What was not understood in whole is indexed by its name all the same.
    pending: missing - given_up,
    failed,
    failures: failures.map(
      (row): IndexingFailure => ({
        entityId: EntityId.parse(row.entity_id),
        reason: row.reason,
        failedAt: new Date(row.failed_at),
      }),
    ),
    chunks,
  };
}
