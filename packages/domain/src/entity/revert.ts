import type { FileReference } from '../events/entity-events.ts';
import { TaskStatus } from '../vocabulary.ts';
import { type EntityDelta, titleDelta } from './decide.ts';
import type { EntityState, TaskDetails } from './entity-state.ts';
import { placeDeltas, scheduleDeltas } from './event-deltas.ts';
import { NEW_EVENT, NEW_TASK } from './evolve.ts';
import { dueDeltas, priorityDeltas, recurrenceDeltas, reminderDeltas, statusDelta } from './task-deltas.ts';

/**
 * What must happen for an entity to be what it was: its type, title, content, tags, what it is as a task or an event, and
 * whether it is in the trash. Equal states need nothing. When something was last changed, and by whom, is not brought back: this is
 * a change, and somebody makes it.
 *
 * @param target a state of the same entity.
 * @param options.now for what is completed by it without a time of its own.
 */
export function decideRevert(state: EntityState, target: EntityState, { now }: { now: Date }): EntityDelta[] {
  const deltas: EntityDelta[] = [];
  const wasDeleted = target.deletedAt !== null;
  if (state.deletedAt !== null && !wasDeleted) deltas.push({ type: 'entity.restored', data: {} });
  if (state.type !== target.type) {
    deltas.push({ type: 'entity.type_changed', data: { oldValue: state.type, newValue: target.type } });
  }
  if (state.title !== target.title) {
    deltas.push(titleDelta(state.title, target.title));
  }
  deltas.push(...fileDeltas(state.file, target.file), ...tagDeltas(state.tags, target.tags));
  deltas.push(...taskDeltas(state.task ?? NEW_TASK, target.task ?? NEW_TASK, now));
  const [event, targetEvent] = [state.event ?? NEW_EVENT, target.event ?? NEW_EVENT];
  deltas.push(...scheduleDeltas(event, targetEvent.schedule), ...placeDeltas(event, targetEvent.place));
  if (state.deletedAt === null && wasDeleted) deltas.push({ type: 'entity.deleted', data: {} });
  return deltas;
}

function fileDeltas(file: FileReference | null, target: FileReference | null): EntityDelta[] {
  if (isSameFile(file, target)) return [];
  if (target !== null) return [{ type: 'entity.file_uploaded', data: target }];
  if (file === null) return [];
  return [{ type: 'entity.file_deleted', data: { filePath: file.filePath, checksum: file.checksum } }];
}

/** Whether both are the same revision, or there is neither. */
export function isSameFile(left: FileReference | null, right: FileReference | null): boolean {
  return left?.checksum === right?.checksum && left?.filePath === right?.filePath;
}

function tagDeltas(tags: readonly string[], target: readonly string[]): EntityDelta[] {
  const removed = tags.filter((tag) => !target.includes(tag));
  const added = target.filter((tag) => !tags.includes(tag));
  return [
    ...removed.map((tag) => ({ type: 'entity.tag_removed' as const, data: { tag } })),
    ...added.map((tag) => ({ type: 'entity.tag_added' as const, data: { tag } })),
  ];
}

function taskDeltas(task: TaskDetails, target: TaskDetails, now: Date): EntityDelta[] {
  const deltas = [
    ...dueDeltas(task, target.due),
    ...recurrenceDeltas(task, target.recurrence),
    ...priorityDeltas(task, target.priority),
    ...reminderDeltas(task, target.remindAt),
  ];
  if (isSameStatus(task, target)) return deltas;
  return [...deltas, statusDelta(task.status, target.status, target.completedAt ?? now)];
}

/** Whether both have the same status, and where they are done, since the same time. */
export function isSameStatus(left: TaskDetails, right: TaskDetails): boolean {
  if (left.status !== right.status) return false;
  return left.status !== TaskStatus.done || left.completedAt?.getTime() === right.completedAt?.getTime();
}
