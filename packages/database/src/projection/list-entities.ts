import {
  allTags,
  EntityId,
  type EntityState,
  type EntityType,
  type TaskStatus,
  type UserId,
  ValidationFailed,
} from '@synap/domain';
import { and, desc, eq, exists, isNotNull, isNull, lte, type SQL, sql } from 'drizzle-orm';
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

/** Which part of which list to read. */
export interface EntityList {
  readonly filter: EntityFilter;
  readonly order: EntityOrder;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * One user's entities, the latest first; pages do not overlap while others are added.
 * @throws {ValidationFailed} if the cursor is not one that a list in this order has answered.
 */
export async function listEntities(
  queries: Queryable,
  userId: UserId,
  list: EntityList & {
    /** Only those that have not changed after this instant. */
    changedUntil?: Date;
  },
): Promise<Page<EntityState>> {
  const { filter, order, limit, cursor, changedUntil } = list;
  const conditions = [eq(entities.userId, userId), ...filterConditions(queries, filter)];
  if (changedUntil !== undefined) conditions.push(lte(entities.updatedAt, changedUntil));
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
  return { items, nextCursor: rows.length > limit && last !== undefined ? nextCursorOf(last, order) : null };
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

/** Whether a state is what the filter asks for: the same as the conditions above, for states that are in memory. */
export function matchesFilter(state: EntityState, filter: EntityFilter): boolean {
  const { type, tag, status, deleted = false, titlePart } = filter;
  return (
    (state.deletedAt !== null) === deleted &&
    (type === undefined || state.type === type) &&
    (status === undefined || (state.type === 'task' && state.task?.status === status)) &&
    (titlePart === undefined || state.title.toLowerCase().includes(titlePart.toLowerCase())) &&
    (tag === undefined || allTags(state).includes(tag))
  );
}

/** The order of a list: the latest first, and of equal times the greater id. */
export function compareForList(left: EntityState, right: EntityState, order: EntityOrder): number {
  return timeOf(right, order).getTime() - timeOf(left, order).getTime() || (left.id < right.id ? 1 : -1);
}

/** Whether a state comes after the cursor's in the order of the list; without a cursor all do. */
export function isAfterCursor(state: EntityState, order: EntityOrder, cursor: string | undefined): boolean {
  if (cursor === undefined) return true;
  const { time, id } = decodeCursor(cursor, order);
  const difference = timeOf(state, order).getTime() - Date.parse(time);
  return difference < 0 || (difference === 0 && state.id < id);
}

/** The cursor of the part after the one that ends with this state. */
export function nextCursorOf(state: EntityState, order: EntityOrder): string {
  return Buffer.from(`${order} ${timeOf(state, order).toISOString()} ${state.id}`).toString('base64url');
}

function timeOf({ createdAt, updatedAt }: EntityState, order: EntityOrder): Date {
  return order === 'created' ? createdAt : updatedAt;
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
