import {
  EntityId,
  type EntityState,
  type EntityType,
  type TaskStatus,
  type UserId,
  ValidationFailed,
} from '@synap/domain';
import { and, desc, eq, exists, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities, entityTags, taskDetails } from '../schema/schema.ts';
import { selectEntityStates, toEntityState } from './entity-row.ts';

/** Which entities to list; what is left out does not matter. */
export interface EntityFilter {
  readonly type?: EntityType | undefined;
  readonly tag?: string | undefined;
  /** Of tasks. */
  readonly status?: TaskStatus | undefined;
  /** Those in the trash instead of those that are not. */
  readonly deleted?: boolean | undefined;
  /** Part of the title, in any case. */
  readonly titlePart?: string | undefined;
}

/** By which time a list is ordered, the latest first. */
export type EntityOrder = 'updated' | 'created';

/** A part of a list, with the cursor of the part after it. */
export interface Page<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

/**
 * One user's entities, the latest first; pages do not overlap while others are added.
 * @throws {ValidationFailed} if the cursor is not one that a list in this order has answered.
 */
export async function listEntities(
  queries: Queryable,
  userId: UserId,
  list: { filter: EntityFilter; order: EntityOrder; limit: number; cursor?: string | undefined },
): Promise<Page<EntityState>> {
  const { filter, order, limit, cursor } = list;
  const conditions = [eq(entities.userId, userId), ...filterConditions(queries, filter)];
  const time = order === 'created' ? entities.createdAt : entities.updatedAt;
  if (cursor !== undefined) {
    const after = decodeCursor(cursor, order);
    conditions.push(sql`(${time}, ${entities.id}) < (${after.time}::timestamptz, ${after.id}::uuid)`);
  }
  const rows = await selectEntityStates(queries)
    .where(and(...conditions))
    .orderBy(desc(time), desc(entities.id))
    .limit(limit + 1);
  const items = rows.slice(0, limit).map(toEntityState);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(last, order) : null };
}

function filterConditions(queries: Queryable, filter: EntityFilter): SQL[] {
  const { type, tag, status, deleted = false, titlePart } = filter;
  const conditions = [deleted ? isNotNull(entities.deletedAt) : isNull(entities.deletedAt)];
  if (type !== undefined) conditions.push(eq(entities.type, type));
  if (status !== undefined) conditions.push(eq(entities.type, 'task'), eq(taskDetails.status, status));
  if (titlePart !== undefined) conditions.push(titleHas(titlePart));
  if (tag !== undefined) {
    const tagged = queries
      .select({ tag: entityTags.tag })
      .from(entityTags)
      .where(and(eq(entityTags.entityId, entities.id), eq(entityTags.tag, tag)));
    conditions.push(exists(tagged));
  }
  return conditions;
}

function titleHas(part: string): SQL {
  // No title has a NUL, and PostgreSQL takes none in a parameter.
  return part.includes('\0') ? sql`false` : sql`strpos(lower(${entities.title}), lower(${part})) > 0`;
}

function encodeCursor({ createdAt, updatedAt, id }: EntityState, order: EntityOrder): string {
  const time = order === 'created' ? createdAt : updatedAt;
  return Buffer.from(`${order} ${time.toISOString()} ${id}`).toString('base64url');
}

function decodeCursor(cursor: string, order: EntityOrder): { time: string; id: string } {
  const text = Buffer.from(cursor, 'base64url').toString();
  const match = /^(\w+) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f-]{36})$/.exec(text);
  const [, ofOrder, time, id] = match ?? [];
  const isInstant = time !== undefined && !Number.isNaN(Date.parse(time));
  if (ofOrder !== order || !isInstant || !EntityId.safeParse(id).success || id === undefined) {
    throw new ValidationFailed([{ field: 'cursor', message: 'a cursor that this list has answered' }]);
  }
  return { time, id };
}
