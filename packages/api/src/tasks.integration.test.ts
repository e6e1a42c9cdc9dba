import { v7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AnsweredEntity, type Caller, createCaller, expectRowsAsLogged } from './testing/caller.ts';
import { openTestApi, type TestApi } from './testing/test-api.ts';

let store: TestApi;
let call: Caller;
let user: string;
let now: Date;

beforeAll(async () => {
  store = await openTestApi({ clock: { now: () => now } });
});
beforeEach(async () => {
  now = new Date('2026-11-24T08:00:00Z');
  user = await store.addUser();
  call = createCaller(store, user);
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

describe('the lists of tasks', () => {
  const titles = async (query: string) => {
    const { status, body } = await call('GET', `/tasks?${query}`);
    expect(status).toBe(200);
    return body.items.map(({ title }) => title);
  };

  test('are of what is due when, where the person is, what is due first first', async () => {
    const at = (title: string, dueDate?: string, more = {}) => aTask({ content: title, dueDate, ...more });
    await at('yesterday', '2026-11-23');
    await at('this morning', '2026-11-24T07:00:00Z');
    await at('today');
    await at('tonight', '2026-11-24T20:00:00Z', { tags: ['home'] });
    await at('all day', '2026-11-24');
    await at('tomorrow', '2026-11-25');
    await at('done', '2026-11-23', { status: 'done' });
    await call('DELETE', `/entities/${(await at('deleted', '2026-11-24')).id}`);
    expect(await titles('list=overdue')).toEqual(['yesterday', 'this morning']);
    expect(await titles('list=today')).toEqual(['this morning', 'tonight', 'all day']);
    expect(await titles('list=today&tag=home')).toEqual(['tonight']);
    expect(await titles('list=upcoming')).toEqual(['tomorrow']);
    expect(await titles('list=undated')).toEqual(['today']);
    const all = ['yesterday', 'this morning', 'tonight', 'all day', 'tomorrow', 'today'];
    expect(await titles('')).toEqual(all);
    // In Auckland it is evening; what is due at eight in the evening in London is due tomorrow morning there.
    expect(await titles('list=today&timezone=Pacific/Auckland')).toEqual(['this morning', 'all day']);
    expect(await titles('list=upcoming&timezone=Pacific/Auckland')).toEqual(['tonight', 'tomorrow']);
    expect((await call('GET', '/tasks?list=someday')).status).toBe(400);
    expect((await call('GET', '/tasks?timezone=Mars/Base')).status).toBe(400);
  });

  test('come in pages that hold each thing once', async () => {
    for (let index = 0; index < 7; index += 1) {
      const dueDate = ['2026-11-24', '2026-11-24T20:00:00Z', undefined][index % 3];
      await aTask({ content: `Task ${index}`, dueDate });
    }
    for (const list of ['open', 'today', 'undated']) {
      const whole = await titles(`list=${list}`);
      const paged: unknown[] = [];
      let cursor: unknown = null;
      do {
        const page = await call('GET', `/tasks?list=${list}&limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
        expect(page.body.items.length).toBeLessThanOrEqual(2);
        paged.push(...page.body.items.map(({ title }) => title));
        cursor = page.body.nextCursor;
      } while (cursor !== null);
      expect(paged).toEqual(whole);
    }
    const { body } = await call('GET', '/tasks?limit=1');
    expect((await call('GET', `/tasks?list=today&cursor=${body.nextCursor}`)).status).toBe(400);
    expect((await call('GET', '/tasks?cursor=x')).status).toBe(400);
  });

  test('show what a task waits for and what waits for it, until that is done', async () => {
    const [paint, sand, buy] = [
      await aTask({ content: 'Paint' }),
      await aTask({ content: 'Sand' }),
      await aTask({ content: 'Buy' }),
    ];
    for (const first of [sand, buy]) {
      await call('POST', '/relations', { type: 'blocks', sourceId: first.id, targetId: paint.id });
    }
    const reference = ({ id }: AnsweredEntity, title: string) => ({ id, type: 'task', title, status: 'todo' });
    const waiting = [reference(sand, 'Sand'), reference(buy, 'Buy')];
    expect(await read(paint.id)).toMatchObject({ blockedBy: waiting, blocks: [] });
    expect(await read(sand.id)).toMatchObject({ blockedBy: [], blocks: [reference(paint, 'Paint')] });
    const before = now.toISOString();
    now = new Date('2026-11-24T09:00:00Z');
    await complete(sand.id);
    await call('DELETE', `/entities/${buy.id}`);
    expect(await read(paint.id)).toMatchObject({ blockedBy: [] });
    expect(await read(paint.id, `?asOf=${before}`)).toMatchObject({ blockedBy: waiting });
    const { items } = (await call('GET', '/tasks')).body;
    expect(items).toMatchObject([{ title: 'Paint', blockedBy: [], blocks: [] }]);
  });
});

test('a project shows what it contains, and how much of it is done', async () => {
  const project = (await call('POST', '/projects', { content: 'House' })).body.entity;
  const note = (await call('POST', '/notes', { content: 'Colours' })).body.entity;
  const tasks = [await aTask({ content: 'One' }), await aTask({ content: 'Two' }), await aTask({ content: 'Three' })];
  for (const { id } of [note, ...tasks]) {
    await call('POST', '/relations', { type: 'contains', sourceId: project.id, targetId: id });
  }
  const { contains, progress } = await read(project.id);
  expect(contains).toMatchObject([
    { title: 'Colours', status: null },
    { title: 'One' },
    { title: 'Two' },
    { title: 'Three' },
  ]);
  expect(progress).toEqual({ done: 0, total: 3 });
  const before = now.toISOString();
  now = new Date('2026-11-24T09:00:00Z');
  await complete(tasks[0]?.id ?? '');
  await call('PATCH', `/tasks/${tasks[1]?.id}`, { status: 'cancelled' });
  expect((await read(project.id)).progress).toEqual({ done: 1, total: 2 });
  expect((await read(project.id, `?asOf=${before}`)).progress).toEqual({ done: 0, total: 3 });
  expect((await read(note.id)).progress).toBeNull();
});

test('a key of one kind reads no titles of others', async () => {
  const task = await aTask({ content: 'Paint' });
  const note = (await call('POST', '/notes', { content: 'Secret' })).body.entity;
  await call('POST', '/relations', { type: 'blocks', sourceId: note.id, targetId: task.id });
  const tasksOnly = createCaller(store, `${user}.tasks:read`);
  for (const body of [(await tasksOnly('GET', `/entities/${task.id}`)).body, (await tasksOnly('GET', '/tasks')).body]) {
    expect(JSON.stringify(body)).not.toContain('Secret');
    expect(JSON.stringify(body)).toContain(note.id);
  }
});
