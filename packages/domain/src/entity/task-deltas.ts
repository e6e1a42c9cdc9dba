import { ValidationFailed } from '../errors.ts';
import { type Due, type TaskPriority, TaskStatus } from '../vocabulary.ts';
import type { EntityDelta } from './decide.ts';
import type { TaskDetails } from './entity-state.ts';

/** What is to change of a task; a field left out stays, `null` clears. */
export interface TaskChange {
  status?: TaskStatus | undefined;
  priority?: TaskPriority | undefined;
  due?: Due | null | undefined;
  recurrence?: string | null | undefined;
  remindAt?: Date | null | undefined;
}

/** What a recurring task is once one of its occurrences is done. */
export interface Occurrence {
  readonly due: Due;
  /** What is left of the rule from there on. */
  readonly recurrence: string;
  /** As long before it, or after, as the reminder of the one before. */
  readonly remindAt: Date | null;
}

/**
 * Expands a rule: what comes after the occurrence that is due; `null` if it was the last one.
 * @param task.due of the occurrence that is done; `null` if it was due at no time.
 */
export type NextOccurrence = (
  task: { readonly due: Due | null; readonly recurrence: string; readonly remindAt: Date | null },
  options: { readonly now: Date },
) => Occurrence | null;

/**
 * What changes of a task.
 * @throws {ValidationFailed} if a reminder is set for a time that has passed.
 */
export function taskDeltas(
  task: TaskDetails,
  change: TaskChange,
  { now, nextOccurrence }: { now: Date; nextOccurrence: NextOccurrence },
): EntityDelta[] {
  const { status, priority, due, recurrence, remindAt } = change;
  const deltas: EntityDelta[] = [];
  if (due !== undefined) deltas.push(...dueDeltas(task, due));
  if (recurrence !== undefined) deltas.push(...recurrenceDeltas(task, recurrence));
  if (priority !== undefined) deltas.push(...priorityDeltas(task, priority));
  if (remindAt !== undefined) {
    const reminder = reminderDeltas(task, remindAt);
    if (reminder.length > 0 && remindAt !== null && remindAt <= now) {
      throw new ValidationFailed([{ field: 'remindAt', message: 'an instant that is still to come' }]);
    }
    deltas.push(...reminder);
  }
  if (status === undefined || status === task.status) return deltas;
  deltas.push(statusDelta(task.status, status, now));
  if (status !== TaskStatus.done) return deltas;
  const occurrence = {
    due: due === undefined ? task.due : due,
    recurrence: recurrence ?? task.recurrence,
    remindAt: remindAt === undefined ? task.remindAt : remindAt,
  };
  return recurrence === null ? deltas : [...deltas, ...recurringDeltas(occurrence, nextOccurrence, now)];
}

/** What follows the completion of an occurrence: the next one, if there is one. */
function recurringDeltas(
  { due, recurrence, remindAt }: Pick<TaskDetails, 'due' | 'recurrence' | 'remindAt'>,
  nextOccurrence: NextOccurrence,
  now: Date,
): EntityDelta[] {
  const next = recurrence === null ? null : nextOccurrence({ due, recurrence, remindAt }, { now });
  if (recurrence === null || next === null) return [];
  const data = { oldDue: due, newDue: next.due, oldRecurrence: recurrence, newRecurrence: next.recurrence };
  return [{ type: 'task.recurred', data }, ...reminderDeltas({ remindAt }, next.remindAt)];
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

/** The change of when the person is reminded, if it is one. */
export function reminderDeltas({ remindAt }: Pick<TaskDetails, 'remindAt'>, newValue: Date | null): EntityDelta[] {
  if (remindAt?.getTime() === newValue?.getTime()) return [];
  const data = { oldValue: remindAt?.toISOString() ?? null, newValue: newValue?.toISOString() ?? null };
  return [{ type: 'task.reminder_set', data }];
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
