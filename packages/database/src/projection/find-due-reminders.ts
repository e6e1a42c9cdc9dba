import { EntityId, EntityType, TaskStatus, UserId } from '@synap/domain';
import { and, asc, eq, inArray, isNull, lte, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities, taskDetails } from '../schema/schema.ts';

/** A task whose reminder's time has come. */
export interface DueReminder {
  readonly userId: UserId;
  readonly entityId: EntityId;
  readonly remindAt: Date;
}

/**
 * The reminders of all users whose time has come and that nobody was reminded by yet, the oldest first.
 * @param options.after goes on behind this one.
 */
export async function findDueReminders(
  queries: Queryable,
  { now, limit, after }: { now: Date; limit: number; after?: DueReminder | undefined },
): Promise<DueReminder[]> {
  const rows = await queries
    .select({
      userId: entities.userId,
      entityId: entities.id,
      remindAt: sql<Date>`${taskDetails.remindAt}`.mapWith(taskDetails.remindAt),
    })
    .from(taskDetails)
    .innerJoin(entities, eq(entities.id, taskDetails.entityId))
    .where(
      and(
        taskDetails.awaitsReminder,
        inArray(taskDetails.status, [TaskStatus.todo, TaskStatus.inProgress]),
        lte(taskDetails.remindAt, now),
        eq(entities.type, EntityType.task),
        isNull(entities.deletedAt),
        after === undefined
          ? undefined
          : sql`(${taskDetails.remindAt}, ${entities.id}) > (${after.remindAt.toISOString()}::timestamptz, ${after.entityId}::uuid)`,
      ),
    )
    .orderBy(asc(taskDetails.remindAt), asc(entities.id))
    .limit(limit);
  return rows.map(({ userId, entityId, remindAt }) => ({
    userId: UserId.parse(userId),
    entityId: EntityId.parse(entityId),
    remindAt,
  }));
}
