import { Unprocessable } from '../errors.ts';
import type { EventDelta, EventNameOf } from '../events/catalogue.ts';
import type { FileReference } from '../events/entity-events.ts';
import { type Due, EntityType, type TaskPriority, TaskStatus } from '../vocabulary.ts';
import type { EntityState, TaskDetails } from './entity-state.ts';
import { NEW_TASK } from './evolve.ts';

/** What happens to an entity, as it is decided. */
export type EntityDelta = EventDelta<EventNameOf<'entity'>>;

/** The most tags one entity carries. */
export const TAGS_MAX = 100;

export interface NewEntity {
  type: EntityType;
  title: string;
  /** Which of `type` and `title` a person chose. */
  given: ('type' | 'title')[];
  file: FileReference;
  tags?: readonly string[];
  task?: TaskChange;
  /** Ask for analysis of the content, with the person's own time and timezone. */
  analysis?: { now: Date; timezone: string };
  /** Ask for the web page at this address, to take the content's place. */
  page?: { url: string };
}

/** What is to change of a task; a field left out stays, `null` clears. */
export interface TaskChange {
  status?: TaskStatus | undefined;
  priority?: TaskPriority | undefined;
  due?: Due | null | undefined;
  recurrence?: string | null | undefined;
}

/** What a recurring task is once one of its occurrences is done. */
export interface Occurrence {
  readonly due: Due;
  /** What is left of the rule from there on. */
  readonly recurrence: string;
}

/**
 * Expands a rule: what comes after the occurrence that is due; `null` if it was the last one.
 * @param task.due of the occurrence that is done; `null` if it was due at no time.
 */
export type NextOccurrence = (
  task: { readonly due: Due | null; readonly recurrence: string },
  options: { readonly now: Date },
) => Occurrence | null;

/**
 * Decisions: what happens when somebody wants something of an entity in a given state. Pure; an empty list means that
 * all is already as wanted, so that repeating a command changes nothing.
 */
export function decideCreate(entity: NewEntity, { now }: { now: Date }): EntityDelta[] {
  const deltas: EntityDelta[] = [
    { type: 'entity.created', data: { entityType: entity.type, title: entity.title, given: entity.given } },
    { type: 'entity.file_uploaded', data: entity.file },
  ];
  const tags = [...new Set(entity.tags)];
  refuseTooManyTags(tags.length);
  for (const tag of tags) deltas.push({ type: 'entity.tag_added', data: { tag } });
  // What is done as it comes in was done once, and does not begin again.
  if (entity.task !== undefined) deltas.push(...taskDeltas(NEW_TASK, entity.task, { now, nextOccurrence: () => null }));
  if (entity.analysis !== undefined) {
    const { timezone } = entity.analysis;
    deltas.push({
      type: 'ai.analysis_requested',
      data: { checksum: entity.file.checksum, now: entity.analysis.now.toISOString(), timezone },
    });
  }
  if (entity.page !== undefined) {
    const { url } = entity.page;
    deltas.push({ type: 'page.fetch_requested', data: { url, checksum: entity.file.checksum } });
  }
  return deltas;
}

/** @throws {Unprocessable} if the entity is in the trash. */
export function decideChangeTitle(state: EntityState, title: string): EntityDelta[] {
  refuseDeleted(state);
  if (title === state.title) return [];
  return [{ type: 'entity.title_changed', data: { oldValue: state.title, newValue: title } }];
}

/** @throws {Unprocessable} if the entity is in the trash. */
export function decideChangeType(state: EntityState, type: EntityType): EntityDelta[] {
  refuseDeleted(state);
  if (type === state.type) return [];
  return [{ type: 'entity.type_changed', data: { oldValue: state.type, newValue: type } }];
}

/** @throws {Unprocessable} if the entity is in the trash. */
export function decideChangeContent(state: EntityState, file: FileReference): EntityDelta[] {
  refuseDeleted(state);
  if (file.checksum === state.file?.checksum) return [];
  return [{ type: 'entity.file_uploaded', data: file }];
}

/** @throws {Unprocessable} if the entity is in the trash or has as many tags as it may have. */
export function decideAddTag(state: EntityState, tag: string): EntityDelta[] {
  refuseDeleted(state);
  if (state.tags.includes(tag)) return [];
  refuseTooManyTags(state.tags.length + 1);
  return [{ type: 'entity.tag_added', data: { tag } }];
}

/** @throws {Unprocessable} if the entity is in the trash. */
export function decideRemoveTag(state: EntityState, tag: string): EntityDelta[] {
  refuseDeleted(state);
  return state.tags.includes(tag) ? [{ type: 'entity.tag_removed', data: { tag } }] : [];
}

/**
 * Changes a task. To complete a recurring one is to complete the occurrence that is due: the task goes on to the next,
 * with all that hangs on it, and its history keeps each. It is done for good where there is none.
 * @throws {Unprocessable} if the entity is in the trash or is no task.
 */
export function decideChangeTask(
  state: EntityState,
  change: TaskChange,
  options: { now: Date; nextOccurrence: NextOccurrence },
): EntityDelta[] {
  refuseDeleted(state);
  if (state.type !== EntityType.task || state.task === null) {
    throw new Unprocessable(`This is a ${state.type}, not a task. Change its type to task first.`);
  }
  return taskDeltas(state.task, change, options);
}

/** Into the trash. Twice is once. */
export function decideDelete(state: EntityState): EntityDelta[] {
  return state.deletedAt === null ? [{ type: 'entity.deleted', data: {} }] : [];
}

/**
 * Erases it for good.
 * @throws {Unprocessable} if it is not in the trash: nothing is erased in one step.
 */
export function decidePurge(state: EntityState): EntityDelta[] {
  if (state.deletedAt === null) {
    throw new Unprocessable(`This ${state.type} is not in the trash. Move it there first; purging cannot be undone.`);
  }
  return [{ type: 'entity.purged', data: {} }];
}

/** Back from the trash. Twice is once. */
export function decideRestore(state: EntityState): EntityDelta[] {
  return state.deletedAt === null ? [] : [{ type: 'entity.restored', data: {} }];
}

function taskDeltas(
  task: TaskDetails,
  change: TaskChange,
  { now, nextOccurrence }: { now: Date; nextOccurrence: NextOccurrence },
): EntityDelta[] {
  const { status, priority, due, recurrence } = change;
  const deltas: EntityDelta[] = [];
  if (due !== undefined) deltas.push(...dueDeltas(task, due));
  if (recurrence !== undefined) deltas.push(...recurrenceDeltas(task, recurrence));
  if (priority !== undefined) deltas.push(...priorityDeltas(task, priority));
  if (status === undefined || status === task.status) return deltas;
  deltas.push(statusDelta(task.status, status, now));
  if (status !== TaskStatus.done) return deltas;
  const occurrence = { due: due === undefined ? task.due : due, recurrence: recurrence ?? task.recurrence };
  return recurrence === null ? deltas : [...deltas, ...recurringDeltas(occurrence, nextOccurrence, now)];
}

/** What follows the completion of an occurrence: the next one, if there is one. */
function recurringDeltas(
  { due, recurrence }: Pick<TaskDetails, 'due' | 'recurrence'>,
  nextOccurrence: NextOccurrence,
  now: Date,
): EntityDelta[] {
  const next = recurrence === null ? null : nextOccurrence({ due, recurrence }, { now });
  if (recurrence === null || next === null) return [];
  const data = { oldDue: due, newDue: next.due, oldRecurrence: recurrence, newRecurrence: next.recurrence };
  return [{ type: 'task.recurred', data }];
}

/** The change of when a task is due, if it is one. */
export function dueDeltas(task: TaskDetails, due: Due | null): EntityDelta[] {
  if (isSameDue(due, task.due)) return [];
  return [{ type: 'task.due_date_set', data: { oldValue: task.due, newValue: due } }];
}

/** The change of how a task recurs, if it is one. */
export function recurrenceDeltas(task: TaskDetails, recurrence: string | null): EntityDelta[] {
  if (recurrence === task.recurrence) return [];
  return [{ type: 'entity.updated', data: { field: 'recurrence', oldValue: task.recurrence, newValue: recurrence } }];
}

/** The change of a task's priority, if it is one. */
export function priorityDeltas(task: TaskDetails, priority: TaskPriority): EntityDelta[] {
  if (priority === task.priority) return [];
  return [{ type: 'task.priority_set', data: { oldValue: task.priority, newValue: priority } }];
}

/** The event that takes a task from one status to another. */
export function statusDelta(oldValue: TaskStatus, newValue: TaskStatus, completedAt: Date): EntityDelta {
  return newValue === TaskStatus.done
    ? { type: 'task.completed', data: { oldValue, completedAt: completedAt.toISOString() } }
    : { type: 'task.status_changed', data: { oldValue, newValue } };
}

/** Whether both mean the same day and time in the same timezone, or there is neither. */
export function isSameDue(left: Due | null, right: Due | null): boolean {
  return left?.date === right?.date && left?.time === right?.time && left?.timezone === right?.timezone;
}

/** @throws {Unprocessable} if it is in the trash. */
export function refuseDeleted(state: EntityState): void {
  if (state.deletedAt !== null) {
    throw new Unprocessable(`This ${state.type} is in the trash. Restore it first.`);
  }
}

function refuseTooManyTags(count: number): void {
  if (count > TAGS_MAX) throw new Unprocessable(`More than ${TAGS_MAX} tags on one thing. Remove some first.`);
}
