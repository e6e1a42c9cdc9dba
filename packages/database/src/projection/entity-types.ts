import type { EntityType, UserId } from '@synap/domain';
import { and, eq, inArray } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities } from '../schema/schema.ts';

/** The kinds of those of these things that are the user's, by their ids. */
export async function readTypes(
  queries: Queryable,
  userId: UserId,
  ids: readonly string[],
): Promise<Map<string, EntityType>> {
  const rows = await queries
    .select({ id: entities.id, type: entities.type })
    .from(entities)
    .where(and(eq(entities.userId, userId), inArray(entities.id, [...ids])));
  return new Map(rows.map(({ id, type }) => [id, type]));
}
