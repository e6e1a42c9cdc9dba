import { EntityId, EntityType, type TaskChange, TaskStatus } from '@synap/domain';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { deleteEntity, restoreEntity, updateEntity, updateTask } from '../commands/change-entity.ts';
import { createOfType } from '../commands/create-entity.ts';
import { undo } from '../commands/undo.ts';
import { getEntity } from '../queries/get-entity.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { fireReminders } from './fire-reminders.ts';

let store: TestStore;
let parts: TestStore['parts'];
let now: Date;

const at = (time: string): Date => new Date(`2026-11-24T${time}:00Z`);

beforeAll(async () => {
  store = await openTestStore();
  parts = { ...store.parts, clock: { now: () => now } };
});
beforeEach(() => {
  now = at('08:00');
});
afterAll(() => store.close());

async function aTask(task: TaskChange): Promise<EntityId> {
  const input = { type: EntityType.task, content: 'Water the plants', task };
  return EntityId.parse((await createOfType(parts, store.request(), input)).id);
}

const change = (id: EntityId, fields: TaskChange) =>
  updateTask(parts, store.request(), { id, change: fields, timezone: 'Europe/Berlin' });
const read = async (id: EntityId) => (await getEntity(parts, store.userId, { id })).task;

/** Fires what is due at this time. @returns the reminders of which the task's log tells. */
async function fireAt(time: string, id: EntityId): Promise<string[]> {
  now = at(time);
  await fireReminders(parts, {
    onError: (error) => {
      throw error;
    },
  });
  const events = await parts.log.readAggregate({ userId: store.userId, aggregateId: id });
  return events.flatMap((event) => (event.type === 'task.reminded' ? [event.data.remindAt] : []));
}

const NINE = at('09:00').toISOString();

test('a reminder fires once, at its time or whenever somebody looks after it', async () => {
  const id = await aTask({ remindAt: at('09:00') });
  expect(await fireAt('08:59', id)).toEqual([]);
  expect(await read(id)).toMatchObject({ remindAt: NINE, awaitsReminder: true });
  expect(await fireAt('09:00', id)).toEqual([NINE]);
  expect(await fireAt('09:01', id)).toEqual([NINE]);
  expect(await read(id)).toMatchObject({ remindAt: NINE, awaitsReminder: false });
});

test('of many who look at once, one fires it', async () => {
  const ids = [await aTask({ remindAt: at('09:00') }), await aTask({ remindAt: at('09:00') })];
  now = at('10:00');
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  await Promise.all(Array.from({ length: 5 }, () => fireReminders(parts, { onError })));
  expect(errors).toEqual([]);
  for (const id of ids) expect(await fireAt('10:00', id)).toEqual([NINE]);
});

test('another time is another reminder, and none is none', async () => {
  const id = await aTask({ remindAt: at('09:00') });
  await change(id, { remindAt: at('09:30') });
  expect(await fireAt('09:10', id)).toEqual([]);
  expect(await fireAt('09:30', id)).toEqual([at('09:30').toISOString()]);
  await change(id, { remindAt: at('10:00') });
  await change(id, { remindAt: null });
  expect(await fireAt('11:00', id)).toHaveLength(1);
});

test('what is done, in the trash, or no task reminds of nothing, and does not make up for it later', async () => {
  const ways: [string, (id: EntityId) => Promise<unknown>, (id: EntityId) => Promise<unknown>][] = [
    ['done', (id) => change(id, { status: TaskStatus.done }), (id) => change(id, { status: TaskStatus.todo })],
    ['cancelled', (id) => change(id, { status: 'cancelled' }), (id) => change(id, { status: 'in_progress' })],
    [
      'deleted',
      (id) => deleteEntity(parts, store.request(), { id }),
      (id) => restoreEntity(parts, store.request(), { id }),
    ],
    [
      'a note',
      (id) => updateEntity(parts, store.request(), { id, type: EntityType.note }),
      (id) => updateEntity(parts, store.request(), { id, type: EntityType.task }),
    ],
  ];
  for (const [name, away, back] of ways) {
    now = at('08:00');
    const [late, early] = [await aTask({ remindAt: at('09:00') }), await aTask({ remindAt: at('09:00') })];
    await away(late);
    await away(early);
    expect({ name, fired: await fireAt('08:30', early) }).toEqual({ name, fired: [] });
    await back(early);
    expect({ name, fired: await fireAt('09:10', late) }).toEqual({ name, fired: [] });
    await back(late);
    expect({ name, fired: await fireAt('09:20', late) }).toEqual({ name, fired: [] });
    expect({ name, fired: await fireAt('09:20', early) }).toEqual({ name, fired: [NINE] });
  }
});

test('a reminder for a time that has passed is refused; what is as it was is not', async () => {
  const id = await aTask({ remindAt: at('09:00') });
  await fireAt('09:30', id);
  await expect(change(id, { remindAt: at('09:15') })).rejects.toThrow(/^remindAt: /);
  await change(id, { remindAt: at('09:00'), priority: 2 });
  expect(await read(id)).toMatchObject({ remindAt: NINE, priority: 2 });
});

test('an undo that brings back a time that has passed reminds of nothing', async () => {
  const id = await aTask({ remindAt: at('09:00') });
  expect(await fireAt('09:00', id)).toEqual([NINE]);
  const request = store.request();
  await updateTask(parts, request, { id, change: { remindAt: at('12:00') }, timezone: 'UTC' });
  await undo(parts, store.request(), { correlationId: request.correlationId, force: false });
  expect(await read(id)).toMatchObject({ remindAt: NINE, awaitsReminder: false });
  expect(await fireAt('13:00', id)).toEqual([NINE]);
});

test('the next occurrence has its own, as long before it', async () => {
  const due = { date: '2026-11-24', time: '12:00', timezone: 'UTC' };
  const id = await aTask({ due, recurrence: 'FREQ=DAILY', remindAt: at('09:00') });
  expect(await fireAt('09:00', id)).toEqual([NINE]);
  await change(id, { status: TaskStatus.done });
  const tomorrow = '2026-11-25T09:00:00.000Z';
  expect(await read(id)).toMatchObject({ status: 'todo', remindAt: tomorrow, awaitsReminder: true });
  expect(await fireAt('23:00', id)).toEqual([NINE]);
  now = new Date(tomorrow);
  await fireReminders(parts, { onError: () => undefined });
  expect(await read(id)).toMatchObject({ remindAt: tomorrow, awaitsReminder: false });
});
