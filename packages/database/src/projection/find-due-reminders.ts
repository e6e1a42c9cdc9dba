import { EntityId, EntityType, TaskStatus, UserId } from '@synap/domain';
import { and, asc, eq, inArray, isNull, lte } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities, taskDetails } from '../schema/schema.ts';

/** A task whose reminder's time has come. */
export interface DueReminder {
  readonly userId: UserId;
  readonly entityId: EntityId;
}

/** The reminders of all users whose time has come and that nobody was reminded by yet, the oldest first. */
export async function findDueReminders(
  queries: Queryable,
  { now, limit }: { now: Date; limit: number },
): Promise<DueReminder[]> {
  const rows = await queries
    .select({ userId: entities.userId, entityId: entities.id })
    .from(taskDetails)
    .innerJoin(entities, eq(entities.id, taskDetails.entityId))
    .where(
      and(
        taskDetails.awaitsReminder,
        inArray(taskDetails.status, [TaskStatus.todo, TaskStatus.inProgress]),
        lte(taskDetails.remindAt, now),
        eq(entities.type, EntityType.task),
        isNull(entities.deletedAt),
      ),
    )
    .orderBy(asc(taskDetails.remindAt), asc(entities.id))
    .limit(limit);
  return rows.map(({ userId, entityId }) => ({ userId: UserId.parse(userId), entityId: EntityId.parse(entityId) }));
}
