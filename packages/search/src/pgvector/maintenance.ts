import { schema, selectRows } from '@synap/database';
import { EntityId, UserId } from '@synap/domain';
import { type SQL, sql } from 'drizzle-orm';
import type { GenerationStatus, IndexingFailure, IndexMaintenance, UnindexedThing } from '../index-maintenance.ts';
import {
  beginGeneration,
  type Generation,
  INDEX_RECIPE,
  promoteGeneration,
  readOpenGenerations,
  removeRetired,
  retireGeneration,
} from './generations.ts';
import { ensureVectorIndex, type Indexed } from './vector-index.ts';

const { indexingFailures } = schema;

const FAILURES_SHOWN = 20;
/** A reason is for people; what a library says beyond is not. */
const REASON_MAX_LENGTH = 500;

/** Everything of the maintenance but the storing of past revisions. */
export function createMaintenance(database: Indexed): Omit<IndexMaintenance, 'keepPast'> {
  const { queries } = database;
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
          generation.status === 'building' || generation.model !== model || generation.recipe < INDEX_RECIPE,
      );
    },

    async beginRebuild(model) {
      const building = await readBuilding();
      const isOther = building !== null && (building.model !== model || building.recipe < INDEX_RECIPE);
      if (isOther) await retireGeneration(queries, building.id);
      if (isOther || building === null) await beginGeneration(queries, { model, status: 'building' });
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
        await ensureVectorIndex(database, building);
        await promoteGeneration(queries, building.id);
      }
      await removeRetired(queries);
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
