import type { CalendarLinkView, OccurrenceView, TaskItem } from '@synap/core';
import * as z from 'zod';
import type { ReadableReference } from '../request/readable-references.ts';
import { dueView, entityView, instantView, referenceView } from './things.ts';
import { viewOf } from './view.ts';

type ReadableTask = Omit<TaskItem, 'blockedBy' | 'blocks'> & {
  blockedBy: ReadableReference[];
  blocks: ReadableReference[];
};

export const taskItemView = viewOf<ReadableTask>()(
  'TaskItem',
  entityView
    .extend({ blockedBy: z.array(referenceView), blocks: z.array(referenceView) })
    .meta({ description: 'A task with what must be done before it, and what waits for it.' }),
);

export const occurrenceView = viewOf<OccurrenceView>()(
  'Occurrence',
  z.strictObject({
    due: dueView.nullable().describe('When it was due.'),
    completedAt: instantView,
    version: z.int().min(1).describe('The version of the task at which it went on to the next one.'),
  }),
);

const calendarLinkView = viewOf<CalendarLinkView>()('CalendarLink', z.strictObject({ createdAt: instantView }));

export const calendarLinkAnswer = z.strictObject({ link: calendarLinkView.nullable() });
export const createdCalendarLink = z.strictObject({
  link: calendarLinkView,
  url: z.string().describe('The secret link itself, which is shown this once.'),
});
