import { EntityId, UserId } from '@synap/domain';
import { and, asc, count, eq, gt, isNull } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities } from '../schema/schema.ts';

/** Markdown of which nobody has read what it names: it was stored before that was done. */
const isUnread = and(isNull(entities.names), eq(entities.fileType, 'markdown'));

/** How many things of all users have such content. */
export async function countUnreadContent(queries: Queryable): Promise<number> {
  const [row] = await queries.select({ count: count() }).from(entities).where(isUnread);
  return row?.count ?? 0;
}

/** The things of all users with such content, in the order of their ids. */
export async function listUnreadContent(
  queries: Queryable,
  { after, limit }: { after: EntityId | null; limit: number },
): Promise<{ id: EntityId; userId: UserId }[]> {
  const rows = await queries
    .select({ id: entities.id, userId: entities.userId })
    .from(entities)
    .where(and(isUnread, after === null ? undefined : gt(entities.id, after)))
    .orderBy(asc(entities.id))
    .limit(limit);
  return rows.map(({ id, userId }) => ({ id: EntityId.parse(id), userId: UserId.parse(userId) }));
}
