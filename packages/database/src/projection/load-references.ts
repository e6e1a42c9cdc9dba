import { EntityId, EntityType, type TaskStatus, type UserId } from '@synap/domain';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities, taskDetails } from '../schema/schema.ts';

/** As much of a thing as another one names. */
export interface EntityReference {
  readonly id: EntityId;
  readonly type: EntityType;
  readonly title: string;
  /** Of tasks only. */
  readonly status: TaskStatus | null;
}

/** Those of the things that are the user's and not in the trash, by id; one query, however many. */
export async function loadReferences(
  queries: Queryable,
  userId: UserId,
  ids: readonly EntityId[],
): Promise<Map<EntityId, EntityReference>> {
  if (ids.length === 0) return new Map();
  const rows = await queries
    .select({ id: entities.id, type: entities.type, title: entities.title, status: taskDetails.status })
    .from(entities)
    .leftJoin(taskDetails, eq(taskDetails.entityId, entities.id))
    // As one parameter: of others there may be 65,535 at the most.
    .where(
      and(
        eq(entities.userId, userId),
        isNull(entities.deletedAt),
        sql`${entities.id} = any(${`{${ids.join(',')}}`}::uuid[])`,
      ),
    );
  return new Map(
    rows.map(({ id, type, title, status }) => {
      const reference = { id: EntityId.parse(id), type, title, status: type === EntityType.task ? status : null };
      return [reference.id, reference];
    }),
  );
}
