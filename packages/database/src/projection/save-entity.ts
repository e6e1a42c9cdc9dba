import type { EntityState } from '@synap/domain';
import { and, eq, notInArray } from 'drizzle-orm';
import type { Transaction } from '../connection/database.ts';
import { entities, entityTags, tags, taskDetails } from '../schema/schema.ts';

/** Stores a folded state: the row, the details of its kind, its tags. Says nothing about what events mean. */
export async function saveEntity(transaction: Transaction, state: EntityState): Promise<void> {
  await saveEntityRow(transaction, state);
  if (state.task !== null) await saveTaskDetails(transaction, state, state.task);
  if (state.tags.length > 0 || state.provenance.tags !== undefined) await saveTags(transaction, state);
}

async function saveEntityRow(transaction: Transaction, state: EntityState): Promise<void> {
  const row = {
    type: state.type,
    title: state.title,
    preview: state.file?.preview ?? '',
    filePath: state.file?.filePath ?? null,
    fileSize: state.file?.fileSize ?? null,
    fileType: state.file?.fileType ?? null,
    checksum: state.file?.checksum ?? null,
    provenance: state.provenance,
    version: state.version,
    updatedAt: state.updatedAt,
    deletedAt: state.deletedAt,
  };
  await transaction
    .insert(entities)
    .values({ id: state.id, userId: state.userId, createdAt: state.createdAt, ...row })
    .onConflictDoUpdate({ target: entities.id, set: row });
}

async function saveTaskDetails(
  transaction: Transaction,
  state: EntityState,
  task: NonNullable<EntityState['task']>,
): Promise<void> {
  const row = {
    status: task.status,
    priority: task.priority,
    dueDate: task.due?.date ?? null,
    dueTime: task.due?.time ?? null,
    dueTimezone: task.due?.timezone ?? null,
    recurrence: task.recurrence,
    completedAt: task.completedAt,
  };
  await transaction
    .insert(taskDetails)
    .values({ entityId: state.id, userId: state.userId, ...row })
    .onConflictDoUpdate({ target: taskDetails.entityId, set: row });
}

async function saveTags(transaction: Transaction, state: EntityState): Promise<void> {
  const isOfEntity = and(eq(entityTags.userId, state.userId), eq(entityTags.entityId, state.id));
  if (state.tags.length === 0) {
    await transaction.delete(entityTags).where(isOfEntity);
    return;
  }
  const { userId, id: entityId } = state;
  await transaction
    .insert(tags)
    .values(state.tags.map((name) => ({ userId, name, createdAt: state.updatedAt })))
    .onConflictDoNothing();
  await transaction.delete(entityTags).where(and(isOfEntity, notInArray(entityTags.tag, [...state.tags])));
  await transaction
    .insert(entityTags)
    .values(state.tags.map((tag) => ({ userId, entityId, tag })))
    .onConflictDoNothing();
}
