import { type EntityState, EntityType, TaskStatus, type UserId } from '@synap/domain';
import { and, desc, eq, inArray, isNotNull, isNull, or, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities, eventDetails, taskDetails } from '../schema/schema.ts';
import { selectEntityStates, toEntityState } from './entity-row.ts';

/** What stands in a user's calendar: tasks that are still to do and are due, and events that take place; latest first. */
export async function listDated(
  queries: Queryable,
  userId: UserId,
  { limit }: { limit: number },
): Promise<EntityState[]> {
  const isDueTask = and(
    eq(entities.type, EntityType.task),
    inArray(taskDetails.status, [TaskStatus.todo, TaskStatus.inProgress]),
    isNotNull(taskDetails.dueDate),
  );
  const isDatedEvent = and(eq(entities.type, EntityType.event), isNotNull(eventDetails.startDate));
  const date = sql`case ${entities.type} when 'task' then ${taskDetails.dueDate} else ${eventDetails.startDate} end`;
  const rows = await selectEntityStates(queries)
    .where(and(eq(entities.userId, userId), isNull(entities.deletedAt), or(isDueTask, isDatedEvent)))
    .orderBy(desc(date), desc(entities.id))
    .limit(limit);
  return rows.map(toEntityState);
}
