import { v7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AnsweredEntity, type Caller, createCaller, expectRowsAsLogged } from './testing/caller.ts';
import { openTestApi, type TestApi } from './testing/test-api.ts';

let store: TestApi;
let call: Caller;
let now: Date;

beforeAll(async () => {
  store = await openTestApi({ clock: { now: () => now } });
});
beforeEach(async () => {
  now = new Date('2026-11-24T08:00:00Z');
  call = createCaller(store, await store.addUser());
});
afterAll(() => store.close());

async function aTask(fields: Record<string, unknown>): Promise<AnsweredEntity> {
  const { status, body } = await call('POST', '/tasks', { content: 'Water the plants', ...fields });
  expect(status).toBe(201);
  return body.entity;
}

const complete = (id: string, headers?: Record<string, string>) => call('POST', `/tasks/${id}/complete`, {}, headers);
const read = async (id: string, query = '') => (await call('GET', `/entities/${id}${query}`)).body;

describe('a recurring task', () => {
  const daily = { dueDate: '2026-11-24T08:00:00Z', timezone: 'Europe/Berlin', recurrence: 'FREQ=DAILY' };

  test('goes on to its next occurrence when it is completed, and keeps all that it is', async () => {
    const project = (await call('POST', '/projects', { content: 'Garden' })).body.entity;
    const task = await aTask({ ...daily, priority: 2, tags: ['home'] });
    const link = { type: 'contains', sourceId: project.id, targetId: task.id };
    const { relation } = (await call('POST', '/relations', link)).body;
    now = new Date('2026-11-24T08:30:00Z');
    const { entity } = (await complete(task.id)).body;
    expect(entity).toEqual({
      ...task,
      task: {
        ...task.task,
        dueDate: '2026-11-25T08:00:00Z',
        due: { date: '2026-11-25', time: '09:00', timezone: 'Europe/Berlin' },
      },
      version: task.version + 2,
      updatedAt: now.toISOString(),
    });
    expect((await read(task.id)).relations).toEqual([relation]);
    expect((await call('GET', `/tasks/${task.id}/occurrences`)).body.items).toEqual([
      { due: task.task.due, completedAt: now.toISOString(), version: task.version + 2 },
    ]);
    const { items } = (await call('GET', `/entities/${task.id}/history`)).body;
    expect(items.slice(-2).map(({ description }) => description)).toEqual([
      'completed',
      'next occurrence 2026-11-24 09:00 Europe/Berlin → 2026-11-25 09:00 Europe/Berlin',
    ]);
    await expectRowsAsLogged(store);
  });

  test('is as it was before after an undo, and as it was then in the past', async () => {
    const task = await aTask({ ...daily, recurrence: 'FREQ=DAILY;COUNT=2' });
    await call('PATCH', `/tasks/${task.id}`, { status: 'in_progress' });
    const before = await read(task.id);
    now = new Date('2026-11-24T09:00:00Z');
    const correlationId = v7();
    const { entity } = (await complete(task.id, { 'x-correlation-id': correlationId })).body;
    expect(entity.task).toMatchObject({ status: 'todo', recurrence: 'FREQ=DAILY;COUNT=1' });
    now = new Date('2026-11-24T10:00:00Z');
    expect((await call('POST', '/undo', { correlationId })).status).toBe(200);
    expect((await read(task.id)).task).toEqual(before.task);
    expect((await call('GET', `/tasks/${task.id}/occurrences`)).body.items).toEqual([]);
    expect((await read(task.id, '?asOf=2026-11-24T09:30:00Z')).task).toEqual(entity.task);
    const version = entity.version;
    const { body } = await call('POST', `/entities/${task.id}/revert`, { toVersion: version });
    expect(body.entity.task).toEqual(entity.task);
    await expectRowsAsLogged(store);
  });

  test('ends with its rule, and counts what was missed', async () => {
    const task = await aTask({ ...daily, recurrence: 'FREQ=DAILY;COUNT=3' });
    now = new Date('2026-11-25T09:00:00Z');
    expect((await complete(task.id)).body.entity.task).toMatchObject({
      dueDate: '2026-11-26T08:00:00Z',
      recurrence: 'FREQ=DAILY;COUNT=1',
      status: 'todo',
    });
    const { entity } = (await complete(task.id)).body;
    expect(entity.task).toMatchObject({ status: 'done', completedAt: now.toISOString() });
    expect((await complete(task.id)).body.entity.version).toBe(entity.version);
  });

  test('is completed once by a request that is repeated, and by two at once where they say what they have seen', async () => {
    const task = await aTask(daily);
    const key = { 'idempotency-key': 'once' };
    const [first, again] = [await complete(task.id, key), await complete(task.id, key)];
    expect(again).toEqual(first);
    const seen = { expectedVersion: first.body.entity.version };
    const path = `/tasks/${task.id}/complete`;
    const both = await Promise.all([call('POST', path, seen), call('POST', path, seen)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('without a due date begins with the day on which it is done, where the person is', async () => {
    const task = await aTask({ recurrence: 'FREQ=WEEKLY' });
    now = new Date('2026-11-24T23:30:00Z');
    const { body } = await call('POST', `/tasks/${task.id}/complete`, { timezone: 'Europe/Berlin' });
    expect(body.entity.task).toMatchObject({ status: 'todo', dueDate: '2026-12-02' });
  });

  test.each(['FREQ=HOURLY', 'FREQ=DAILY;BYDAY=XX', 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', 'every day'])(
    '%s is refused by its field',
    async (recurrence) => {
      const { status, body } = await call('POST', '/tasks', { content: 'x', recurrence });
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: 'validation_failed', fields: [{ field: 'recurrence' }] });
    },
  );
});
