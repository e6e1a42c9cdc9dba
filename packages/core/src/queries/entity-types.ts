import { readTypes } from '@synap/database';
import { type EntityId, type EntityType, NotFound, type UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';

/**
 * What kinds of things these are.
 * @throws {NotFound} if one of them is nothing of this user's.
 */
export async function readEntityTypes(
  { database }: Parts,
  userId: UserId,
  ids: readonly EntityId[],
): Promise<EntityType[]> {
  const types = await readTypes(database.queries, userId, ids);
  return ids.map((id) => {
    const type = types.get(id);
    if (type === undefined) throw new NotFound('entity', id);
    return type;
  });
}
