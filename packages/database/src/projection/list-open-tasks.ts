import { type EntityState, EntityType, TaskStatus, type UserId } from '@synap/domain';
import { and, eq, exists, gte, inArray, isNotNull, isNull, lte, type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities, entityTags, taskDetails } from '../schema/schema.ts';
import { selectEntityStates, toEntityState } from './entity-row.ts';

/** Which open tasks to read; what is left out does not matter. */
export interface OpenTaskFilter {
  /** Due on this day or later, each where it is due; `YYYY-MM-DD`. */
  readonly dueFrom?: string | undefined;
  /** Due on this day or before. */
  readonly dueTo?: string | undefined;
  /** Whether they are due at all. */
  readonly isDue?: boolean | undefined;
  readonly tag?: string | undefined;
}

/** Where a task stands in the order of `listOpenTasks`; `null` where it is due at no day or no time. */
export interface TaskPlace {
  readonly date: string | null;
  readonly time: string | null;
  readonly id: string;
}

/** One user's tasks that are still to do, what is due first first; of one day those without a time of day last. */
export async function listOpenTasks(
  queries: Queryable,
  userId: UserId,
  { filter, after, limit }: { filter: OpenTaskFilter; after?: TaskPlace | undefined; limit: number },
): Promise<EntityState[]> {
  const conditions = [
    eq(entities.userId, userId),
    eq(entities.type, EntityType.task),
    isNull(entities.deletedAt),
    eq(taskDetails.userId, userId),
    inArray(taskDetails.status, [TaskStatus.todo, TaskStatus.inProgress]),
    ...filterConditions(queries, filter),
  ];
  if (after !== undefined) {
    const { date, time, id } = after;
    conditions.push(
      sql`(${byDay}, ${byTime}, ${entities.id}) > (${date ?? 'infinity'}::date, ${time ?? NO_TIME}, ${id}::uuid)`,
    );
  }
  const rows = await selectEntityStates(queries)
    .where(and(...conditions))
    .orderBy(byDay, byTime, entities.id)
    .limit(limit);
  return rows.map(toEntityState);
}

/** After every time of day. */
const NO_TIME = '24:00';
const byDay = sql`coalesce(${taskDetails.dueDate}, 'infinity'::date)`;
const byTime = sql`coalesce(${taskDetails.dueTime}, '24:00')`;

function filterConditions(queries: Queryable, { dueFrom, dueTo, isDue, tag }: OpenTaskFilter): SQL[] {
  const conditions: SQL[] = [];
  if (dueFrom !== undefined) conditions.push(gte(taskDetails.dueDate, dueFrom));
  if (dueTo !== undefined) conditions.push(lte(taskDetails.dueDate, dueTo));
  if (isDue !== undefined) conditions.push(isDue ? isNotNull(taskDetails.dueDate) : isNull(taskDetails.dueDate));
  if (tag !== undefined) {
    const tagged = queries
      .select({ tag: entityTags.tag })
      .from(entityTags)
      .where(and(eq(entityTags.entityId, entities.id), eq(entityTags.tag, tag)));
    conditions.push(exists(tagged));
  }
  return conditions;
}
