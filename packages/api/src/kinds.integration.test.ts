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

const read = async (id: string, query = '') => (await call('GET', `/entities/${id}${query}`)).body;
const dinner = { startAt: '2026-11-25T19:00:00+01:00', endAt: '2026-11-25T21:00:00+01:00', timezone: 'Europe/Berlin' };

async function anEvent(fields: Record<string, unknown>): Promise<AnsweredEntity> {
  const { status, body } = await call('POST', '/events', { content: 'Dinner with Anna', ...fields });
  expect(status).toBe(201);
  return body.entity;
}

describe('an event', () => {
  test('takes place when and where it is said, as it is meant there', async () => {
    const { id } = await anEvent({ ...dinner, place: 'Café Einstein' });
    expect((await read(id)).event).toEqual({
      startAt: '2026-11-25T18:00:00Z',
      endAt: '2026-11-25T20:00:00Z',
      isAllDay: false,
      schedule: {
        start: { date: '2026-11-25', time: '19:00' },
        end: { date: '2026-11-25', time: '21:00' },
        timezone: 'Europe/Berlin',
      },
      place: 'Café Einstein',
    });
    const days = await anEvent({ startAt: '2026-12-24', endAt: '2026-12-26' });
    expect(days.event).toMatchObject({ startAt: '2026-12-24', endAt: '2026-12-26', isAllDay: true, place: null });
    const undated = await anEvent({});
    expect(undated.event).toMatchObject({ startAt: null, schedule: null, place: null });
  });

  test.each([
    [{ ...dinner, endAt: '2026-11-25T18:59:00+01:00' }, 'endAt'],
    [{ startAt: '2026-11-25', endAt: '2026-11-24' }, 'endAt'],
    [{ startAt: '2026-11-25', endAt: '2026-11-25T20:00:00Z' }, 'endAt'],
    [{ endAt: '2026-11-25' }, 'startAt'],
    [{ startAt: '2026-02-30' }, 'startAt'],
    [{ startAt: 'tomorrow' }, 'startAt'],
    [{ place: 'two\nlines' }, 'place'],
    [{ timezone: 'Mars/Base' }, 'timezone'],
    [{ start: '2026-11-25' }, 'start'],
  ])('%o is refused by its field %s, and nothing is kept', async (fields, field) => {
    const { status, body } = await call('POST', '/events', { content: 'Dinner', ...fields });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'validation_failed', fields: [{ field }] });
    expect((await call('GET', '/entities')).body.items).toEqual([]);
  });

  test('is moved, and moved back; its past and its history know each', async () => {
    const event = await anEvent({ ...dinner, place: 'Café Einstein' });
    const before = now.toISOString();
    now = new Date('2026-11-24T09:00:00Z');
    const correlationId = v7();
    const change = { startAt: '2026-11-25T20:00:00+01:00', endAt: null, place: null };
    const moved = await call('PATCH', `/events/${event.id}`, change, { 'x-correlation-id': correlationId });
    expect(moved.body.entity.event).toMatchObject({ startAt: '2026-11-25T19:00:00Z', endAt: null, place: null });
    expect((await read(event.id, `?asOf=${before}`)).event).toEqual(event.event);
    const { items } = (await call('GET', `/entities/${event.id}/history`)).body;
    expect(items.slice(-2).map(({ description }) => description)).toEqual([
      'takes place 2026-11-25 19:00 to 2026-11-25 21:00 Europe/Berlin → 2026-11-25 20:00 Europe/Berlin',
      'place Café Einstein → none',
    ]);
    await call('POST', '/undo', { correlationId });
    expect((await read(event.id)).event).toEqual(event.event);
    const reverted = await call('POST', `/entities/${event.id}/revert`, { toVersion: moved.body.entity.version });
    expect(reverted.body.entity.event).toEqual(moved.body.entity.event);
    await expectRowsAsLogged(store);
  });

  test('is changed by nobody who has not seen it as it is, and a task is no event', async () => {
    const event = await anEvent(dinner);
    const stale = { place: 'Home', expectedVersion: event.version - 1 };
    expect((await call('PATCH', `/events/${event.id}`, stale)).status).toBe(409);
    const task = (await call('POST', '/tasks', { content: 'x' })).body.entity;
    expect((await call('PATCH', `/events/${task.id}`, { place: 'Home' })).status).toBe(422);
  });
});

test('what becomes something else keeps its id, links, tags and history, and is again what it was when it comes back', async () => {
  const project = (await call('POST', '/projects', { content: 'House' })).body.entity;
  const task = {
    content: 'Paint',
    tags: ['home'],
    priority: 2,
    dueDate: '2026-12-01',
    recurrence: 'FREQ=DAILY',
    remindAt: '2026-12-01T07:00:00Z',
  };
  const { id } = (await call('POST', '/tasks', task)).body.entity;
  await call('POST', '/relations', { type: 'contains', sourceId: project.id, targetId: id });
  const asTask = await read(id);
  const become = async (type: string) => {
    now = new Date(now.getTime() + 60_000);
    expect((await call('PATCH', `/entities/${id}`, { type })).status).toBe(200);
    return read(id);
  };
  expect(await become('event')).toMatchObject({ task: null, tags: ['home'], relations: asTask.relations });
  await call('PATCH', `/events/${id}`, { ...dinner, place: 'Café' });
  const asEvent = await read(id);
  expect(await become('note')).toMatchObject({ task: null, event: null, tags: ['home'] });
  expect((await read(project.id)).progress).toEqual({ done: 0, total: 0 });
  expect((await become('task')).task).toEqual(asTask.task);
  expect(await read(id)).toMatchObject({ event: null, relations: asTask.relations });
  expect((await become('event')).event).toEqual(asEvent.event);
  const { items } = (await call('GET', `/entities/${id}/history`)).body;
  expect(items.filter(({ type }) => type === 'entity.type_changed')).toHaveLength(4);
  expect(items.map(({ version }) => version)).toEqual(items.map((_, index) => index + 1));
  await expectRowsAsLogged(store);
});
