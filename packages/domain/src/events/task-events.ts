import * as z from 'zod';
import { dueSchema, recurrenceSchema, taskPrioritySchema, taskStatusSchema } from '../vocabulary.ts';
import { defineEvent } from './define-event.ts';

/** Every change of status but the one to `done`, which is `task.completed`. */
export const taskStatusChanged = defineEvent({
  name: 'task.status_changed',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ oldValue: taskStatusSchema, newValue: taskStatusSchema.exclude(['done']) }),
});

/**
 * The task is done. Version 1 had no time of completion: it was the event's own. An undo brings back a completion of
 * some time ago, so the time is said.
 */
export const taskCompleted = defineEvent({
  name: 'task.completed',
  aggregateType: 'entity',
  schemaVersion: 2,
  data: z.strictObject({ oldValue: taskStatusSchema, completedAt: z.iso.datetime() }),
  upcasters: {
    1: (data, { timestamp }) => ({ ...z.object({}).loose().parse(data), completedAt: timestamp.toISOString() }),
  },
});

export const taskDueDateSet = defineEvent({
  name: 'task.due_date_set',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ oldValue: dueSchema.nullable(), newValue: dueSchema.nullable() }),
});

/**
 * One occurrence of a recurring task is done, and the task goes on to the next: it is to be done again. It follows
 * `task.completed`, which says when the one before was done. What is left of the rule may be less: its COUNT counts down.
 */
export const taskRecurred = defineEvent({
  name: 'task.recurred',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({
    oldDue: dueSchema.nullable(),
    newDue: dueSchema,
    oldRecurrence: recurrenceSchema,
    newRecurrence: recurrenceSchema,
  }),
});

/** When the person is to be reminded; `null` is never. */
export const taskReminderSet = defineEvent({
  name: 'task.reminder_set',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ oldValue: z.iso.datetime().nullable(), newValue: z.iso.datetime().nullable() }),
});

/** The time of a reminder has come: once for each that is set. Whoever follows the log tells the person. */
export const taskReminded = defineEvent({
  name: 'task.reminded',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ remindAt: z.iso.datetime() }),
});

export const taskPrioritySet = defineEvent({
  name: 'task.priority_set',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ oldValue: taskPrioritySchema, newValue: taskPrioritySchema }),
});
