import { type EntityId, type EntityState, NotFound, type UserId } from '@synap/domain';
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { prepareOnce } from '../connection/prepare-once.ts';
import { entities } from '../schema/schema.ts';
import { selectEntityStates, toEntityState } from './entity-row.ts';

/**
 * One entity of one user as it is now, in the trash or not.
 * @throws {NotFound} if there is none, or it belongs to somebody else.
 */
export async function loadEntity(queries: Queryable, userId: UserId, id: EntityId): Promise<EntityState> {
  const [row] = await prepared(queries).execute({ userId, id });
  if (row === undefined) throw new NotFound('entity', id);
  return toEntityState(row);
}

const prepared = prepareOnce((queries) =>
  selectEntityStates(queries)
    .where(and(eq(entities.userId, sql.placeholder('userId')), eq(entities.id, sql.placeholder('id'))))
    .prepare('entity_state'),
);

/** Those of the entities that are the user's, by id; one query for many. */
export async function loadEntities(
  queries: Queryable,
  userId: UserId,
  ids: readonly string[],
): Promise<Map<EntityId, EntityState>> {
  if (ids.length === 0) return new Map();
  const rows = await selectEntityStates(queries).where(
    and(eq(entities.userId, userId), inArray(entities.id, [...ids])),
  );
  return new Map(rows.map(toEntityState).map((state) => [state.id, state]));
}
