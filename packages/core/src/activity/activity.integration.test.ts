import type { EntityId } from '@synap/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { updateTask } from '../commands/change-entity.ts';
import { createOfType } from '../commands/create-entity.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { listChanged } from './list-changed.ts';
import { readActivity } from './read-activity.ts';

const MONDAY = '2026-11-23';

describe('activity', () => {
  let store: TestStore;
  let task: EntityId;
  /** A Friday in Auckland, and still Thursday in UTC. */
  let now = new Date('2026-11-26T20:00:00Z');

  beforeAll(async () => {
    const opened = await openTestStore();
    store = { ...opened, parts: { ...opened.parts, clock: { now: () => now } } };
    const thursday = now;
    for (const at of ['2026-11-22T09:10:00Z', '2026-11-24T09:10:00Z', '2026-11-25T09:10:00Z']) {
      now = new Date(at);
      await createOfType(store.parts, store.request(), { type: 'note', content: `Written ${at}` });
    }
    const made = await createOfType(store.parts, store.request(), { type: 'task', content: 'Water the plants' });
    task = made.id;
    now = thursday;
    await updateTask(store.parts, store.request(), { id: task, change: { status: 'done' }, timezone: 'UTC' });
  });
  afterAll(() => store.close());

  test('is counted by day and by hour where the person is', async () => {
    const inUtc = await readActivity(store.parts, store.userId, { per: 'day', timezone: 'UTC' });
    expect(inUtc.items.map(({ day, counts }) => [day, counts['entity.created'] ?? 0])).toEqual([
      ['2026-11-22', 1],
      ['2026-11-24', 1],
      ['2026-11-25', 2],
      ['2026-11-26', 0],
    ]);
    expect(inUtc.streak).toEqual({ current: 3, longest: 3, isTodayActive: true });
    const inAuckland = await readActivity(store.parts, store.userId, { per: 'hour', timezone: 'Pacific/Auckland' });
    expect(inAuckland.items).toEqual([
      {
        start: '2026-11-26T20:00:00.000Z',
        day: '2026-11-27',
        counts: { 'task.completed': 1 },
        total: 1,
      },
    ]);
    // The day between is one on which nothing was done.
    expect(inAuckland.streak).toEqual({ current: 1, longest: 2, isTodayActive: true });
  });

  test('of this week is listed, what was changed last first', async () => {
    const week = await listChanged(store.parts, store.userId, { timezone: 'UTC', limit: 2 });
    expect(week).toMatchObject({ from: `${MONDAY}T00:00:00.000Z`, created: 3, completed: 1, deleted: 0, changed: 3 });
    expect(week.items).toHaveLength(2);
    expect(week.items[0]).toMatchObject({ entity: { id: task }, lastAt: now.toISOString() });
    expect(week.items[0]?.events).toContain('task.completed');
  });

  test('is nobody else\u2019s', async () => {
    const stranger = await store.addUser();
    const read = await readActivity(store.parts, stranger, { per: 'day', timezone: 'UTC' });
    expect(read).toMatchObject({ items: [], streak: { current: 0, longest: 0, isTodayActive: false } });
    expect((await listChanged(store.parts, stranger, { timezone: 'UTC', limit: 50 })).items).toEqual([]);
  });

  test('of days the wrong way round, or of too many, is refused', async () => {
    const asked = { per: 'hour', timezone: 'UTC', from: '2026-01-01', to: '2026-11-26' } as const;
    await expect(readActivity(store.parts, store.userId, asked)).rejects.toThrow('at most 62 days');
    const wrongWay = { timezone: 'UTC', limit: 50, from: '2026-11-26', to: '2026-11-20' };
    await expect(listChanged(store.parts, store.userId, wrongWay)).rejects.toThrow('not before');
  });
});
