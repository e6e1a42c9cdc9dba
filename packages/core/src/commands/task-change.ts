import {
  type Due,
  type Moment,
  type TaskChange,
  type TaskPriority,
  type TaskStatus,
  ValidationFailed,
} from '@synap/domain';
import { DateTime } from 'luxon';
import { checkRecurrence } from '../recurrence/next-occurrence.ts';

/** What is to change of a task, as a client says it. */
export interface TaskFields {
  readonly status?: TaskStatus | undefined;
  readonly priority?: TaskPriority | undefined;
  /** A day (`2026-11-25`) or an instant with an offset; `null` clears it. */
  readonly dueDate?: string | null | undefined;
  /** Where the due date is meant. */
  readonly timezone?: string | undefined;
  readonly recurrence?: string | null | undefined;
  /** An instant with an offset; `null` is never. */
  readonly remindAt?: string | null | undefined;
}

/**
 * A client's fields as the domain takes them.
 * @throws {ValidationFailed} if the due date is no day and no instant, or the recurrence is none for tasks.
 */
export function taskChange(
  fields: TaskFields,
  { timezone: defaultTimezone, now }: { timezone: string; now: Date },
): TaskChange {
  const { status, priority, dueDate, timezone = defaultTimezone, recurrence, remindAt } = fields;
  const due = dueDate === undefined || dueDate === null ? dueDate : toDue(dueDate, timezone);
  if (recurrence !== undefined && recurrence !== null) {
    checkRecurrence(recurrence, { from: due?.date ?? now.toISOString().slice(0, 10) });
  }
  const reminder = remindAt === undefined || remindAt === null ? remindAt : new Date(remindAt);
  return { status, priority, recurrence, due, remindAt: reminder };
}

function toDue(dueDate: string, timezone: string): Due {
  return { ...momentOf('dueDate', dueDate, timezone), timezone };
}

/**
 * A day, or an instant as it is shown in a timezone.
 * @throws {ValidationFailed} naming the field, if it is neither.
 */
export function momentOf(field: string, text: string, timezone: string): Moment {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const local = DateTime.fromISO(text, { zone: timezone });
  const date = local.toISODate();
  if (date === null) {
    throw new ValidationFailed([{ field, message: 'a day such as 2026-11-25, or an instant with an offset' }]);
  }
  return { date, time: isDay ? null : local.toFormat('HH:mm') };
}
