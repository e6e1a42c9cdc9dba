import * as z from 'zod';
import { dueSchema, taskPrioritySchema, taskStatusSchema } from '../vocabulary.ts';
import { defineEvent } from './define-event.ts';

/** Every change of status but the one to `done`, which is `task.completed`. */
export const taskStatusChanged = defineEvent({
  name: 'task.status_changed',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ oldValue: taskStatusSchema, newValue: taskStatusSchema.exclude(['done']) }),
});

/** The task is done; the time of completion is the event's own. */
export const taskCompleted = defineEvent({
  name: 'task.completed',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ oldValue: taskStatusSchema }),
});

export const taskDueDateSet = defineEvent({
  name: 'task.due_date_set',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ oldValue: dueSchema.nullable(), newValue: dueSchema.nullable() }),
});

export const taskPrioritySet = defineEvent({
  name: 'task.priority_set',
  aggregateType: 'entity',
  schemaVersion: 1,
  data: z.strictObject({ oldValue: taskPrioritySchema, newValue: taskPrioritySchema }),
});
