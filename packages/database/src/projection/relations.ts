import { EntityId, NotFound, RelationId, type RelationState, type RelationType, UserId } from '@synap/domain';
import { and, asc, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { relations } from '../schema/schema.ts';

/**
 * One relation of one user, deleted or not.
 * @throws {NotFound} if there is none, or it belongs to somebody else.
 */
export async function loadRelation(queries: Queryable, userId: UserId, id: RelationId): Promise<RelationState> {
  const [row] = await queries
    .select()
    .from(relations)
    .where(and(eq(relations.userId, userId), eq(relations.id, id)));
  if (row === undefined) throw new NotFound('relation', id);
  return toRelationState(row);
}

/** The live relation of this type between these two, if there is one. */
export async function findRelation(
  queries: Queryable,
  userId: UserId,
  { type, sourceId, targetId }: Pick<RelationState, 'type' | 'sourceId' | 'targetId'>,
): Promise<RelationState | null> {
  const [row] = await queries
    .select()
    .from(relations)
    .where(
      and(
        eq(relations.userId, userId),
        eq(relations.type, type),
        eq(relations.sourceId, sourceId),
        eq(relations.targetId, targetId),
        isNull(relations.deletedAt),
      ),
    );
  return row === undefined ? null : toRelationState(row);
}

/** The live relations that start or end at one of the entities, oldest first. */
export async function listRelationsOf(
  queries: Queryable,
  userId: UserId,
  entityIds: readonly EntityId[],
): Promise<RelationState[]> {
  if (entityIds.length === 0) return [];
  const rows = await queries
    .select()
    .from(relations)
    .where(
      and(
        eq(relations.userId, userId),
        or(inArray(relations.sourceId, [...entityIds]), inArray(relations.targetId, [...entityIds])),
        isNull(relations.deletedAt),
      ),
    )
    .orderBy(asc(relations.createdAt), asc(relations.id));
  return rows.map(toRelationState);
}

/** All relations that start or end at an entity, also those that were deleted. */
export async function listAllRelationsOf(queries: Queryable, userId: UserId, id: EntityId): Promise<RelationState[]> {
  const rows = await queries
    .select()
    .from(relations)
    .where(and(eq(relations.userId, userId), or(eq(relations.sourceId, id), eq(relations.targetId, id))))
    .orderBy(asc(relations.id));
  return rows.map(toRelationState);
}

/** The live relations of a type over which something is reached from one of the entities. */
export async function relationsReachedFrom(
  queries: Queryable,
  userId: UserId,
  { type, ids }: { type: RelationType; ids: readonly EntityId[] },
): Promise<{ id: RelationId; sourceId: EntityId; targetId: EntityId }[]> {
  const rows = await selectRows<{ id: string; source_id: string; target_id: string }>(
    queries,
    sql`with recursive reached (id, source_id, target_id) as (
        select id, source_id, target_id from relations
        where user_id = ${userId} and type = ${type} and deleted_at is null
          and source_id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))
        union
        select relations.id, relations.source_id, relations.target_id
        from reached join relations on relations.source_id = reached.target_id
        where relations.user_id = ${userId} and relations.type = ${type} and relations.deleted_at is null
      )
      select id, source_id, target_id from reached`,
  );
  return rows.map((row) => ({
    id: RelationId.parse(row.id),
    sourceId: EntityId.parse(row.source_id),
    targetId: EntityId.parse(row.target_id),
  }));
}

/** A row as the state that was folded. */
export function toRelationState(row: typeof relations.$inferSelect): RelationState {
  return {
    id: RelationId.parse(row.id),
    userId: UserId.parse(row.userId),
    type: row.type,
    sourceId: EntityId.parse(row.sourceId),
    targetId: EntityId.parse(row.targetId),
    version: row.version,
    createdAt: row.createdAt,
    deletedAt: row.deletedAt,
  };
}
