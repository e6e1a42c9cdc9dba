import { expect, test } from 'vitest';
import { CorrelationId } from '../ids.ts';
import { anEvent, replay } from '../testing/random-history.ts';
import { type Due, EntityType, TaskStatus } from '../vocabulary.ts';
import { decideChangeTask, decideCreate, type EntityDelta } from './decide.ts';
import { foldEntity } from './evolve.ts';
import { completedOccurrences } from './occurrences.ts';
import type { Occurrence } from './task-deltas.ts';

const due = (date: string): Due => ({ date, time: '09:00', timezone: 'Europe/Berlin' });
const FILE = { filePath: 'x', fileSize: 1, fileType: 'markdown', checksum: 'a'.repeat(64), preview: '' } as const;
const now = new Date('2026-11-24T10:00:00Z');
const daily = { due: due('2026-11-24'), recurrence: 'FREQ=DAILY', priority: 2 } as const;

const aTask = (task: Parameters<typeof decideCreate>[0]['task'] = daily) =>
  decideCreate({ type: EntityType.task, title: 'Water', given: [], file: FILE, tags: ['home'], task }, { now }).map(
    (delta, index) => anEvent(delta, { version: index + 1 }),
  );
const stateOf = (events: Parameters<typeof foldEntity>[0]) => {
  const state = foldEntity(events);
  if (state === null) throw new Error('There is no task.');
  return state;
};
const complete = (state: ReturnType<typeof stateOf>, next: Occurrence | null): EntityDelta[] =>
  decideChangeTask(state, { status: TaskStatus.done }, { now, nextOccurrence: () => next });

test('completing an occurrence says that it is done, and takes the same task on to the next', () => {
  const state = stateOf(aTask());
  const deltas = complete(state, { due: due('2026-11-25'), recurrence: 'FREQ=DAILY', remindAt: null });
  expect(deltas.map(({ type }) => type)).toEqual(['task.completed', 'task.recurred']);
  const after = replay(state, deltas);
  expect(after).toMatchObject({ id: state.id, title: 'Water', tags: ['home'], file: FILE });
  expect(after.task).toEqual({ ...state.task, due: due('2026-11-25') });
});

test('after the last occurrence the task is done for good', () => {
  const state = stateOf(aTask());
  const after = replay(state, complete(state, null));
  expect(after.task).toMatchObject({ status: 'done', completedAt: now, due: due('2026-11-24') });
});

test('what changes with the completion counts for the next occurrence', () => {
  const state = stateOf(aTask());
  const change = { status: TaskStatus.done, due: due('2026-12-01'), recurrence: 'FREQ=WEEKLY' };
  let asked: unknown = null;
  const nextOccurrence = (task: unknown) => {
    asked = task;
    return null;
  };
  decideChangeTask(state, change, { now, nextOccurrence });
  expect(asked).toEqual({ due: due('2026-12-01'), recurrence: 'FREQ=WEEKLY', remindAt: null });
  const once = decideChangeTask(state, { status: TaskStatus.done, recurrence: null }, { now, nextOccurrence });
  expect(once.map(({ type }) => type)).toEqual(['entity.updated', 'task.completed']);
});

test('the history of each occurrence is kept; an undone completion is none, and done again it is one', () => {
  const undoes = CorrelationId.parse('01890000-0000-7000-8000-0000000000f2');
  const recurred = (from: string, to: string): EntityDelta => ({
    type: 'task.recurred',
    data: { oldDue: due(from), newDue: due(to), oldRecurrence: 'FREQ=DAILY', newRecurrence: 'FREQ=DAILY' },
  });
  const completed = (at: string): EntityDelta => ({
    type: 'task.completed',
    data: { oldValue: 'todo', completedAt: at },
  });
  const moved = (from: string, to: string): EntityDelta => ({
    type: 'task.due_date_set',
    data: { oldValue: due(from), newValue: due(to) },
  });
  const events = aTask();
  const add = (...deltas: EntityDelta[]) => {
    for (const delta of deltas) events.push(anEvent(delta, { version: events.length + 1 }));
  };
  const undo = (delta: EntityDelta) => {
    const event = anEvent(delta, { version: events.length + 1 });
    events.push({ ...event, metadata: { ...event.metadata, undoes } });
  };
  const dates = () => completedOccurrences(events).map((each) => each.due?.date);
  add(completed('2026-11-24T10:00:00.000Z'), recurred('2026-11-24', '2026-11-25'));
  add(completed('2026-11-25T11:00:00.000Z'), recurred('2026-11-25', '2026-11-26'));
  expect(completedOccurrences(events)).toMatchObject([
    { due: due('2026-11-24'), completedAt: new Date('2026-11-24T10:00:00Z') },
    { due: due('2026-11-25'), completedAt: new Date('2026-11-25T11:00:00Z') },
  ]);
  undo(moved('2026-11-26', '2026-11-25'));
  expect(dates()).toEqual(['2026-11-24']);
  undo(moved('2026-11-25', '2026-11-26'));
  expect(dates()).toEqual(['2026-11-24', '2026-11-25']);
  add(moved('2026-11-26', '2026-11-25'));
  expect(dates()).toEqual(['2026-11-24', '2026-11-25']);
});
