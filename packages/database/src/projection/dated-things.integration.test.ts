import {
  decideChangeEvent,
  decideChangeTask,
  EntityId,
  type EntityState,
  type TaskChange,
  UserId,
} from '@synap/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deleteCalendarLink, findCalendarOwner, replaceCalendarLink } from '../accounts/calendar-links.ts';
import type { Database } from '../connection/database.ts';
import { openEventLog } from '../event-log/event-log.ts';
import { testDatabases } from '../testing/test-databases.ts';
import { newId, writeEntity } from '../testing/write-entity.ts';
import { findDueReminders } from './find-due-reminders.ts';
import { listDated } from './list-dated.ts';
import { listOpenTasks, type OpenTaskFilter } from './list-open-tasks.ts';
import { loadEntityForChange, type Sources } from './load-for-change.ts';
import { addUser } from './users.ts';

const now = new Date('2026-11-24T08:00:00Z');
const due = (date: string, time: string | null = null) => ({ date, time, timezone: 'Europe/Berlin' });

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describe.skipIf(!kind.isAvailable)(`what has a date ${kind.name}`, () => {
    let database: Database;
    let sources: Sources;
    const owner = UserId.parse(newId());
    const stranger = UserId.parse(newId());

    beforeAll(async () => {
      database = await kind.open();
      sources = { database, log: await openEventLog(database) };
      for (const id of [owner, stranger]) await addUser(database, { id, now });
      await aTask('morning', { due: due('2026-11-24', '09:00'), remindAt: new Date('2026-11-24T09:00:00Z') });
      await aTask('all day', { due: due('2026-11-24') });
      await aTask('earlier', { due: due('2026-11-23'), remindAt: new Date('2026-11-24T10:00:00Z') });
      await aTask('undated', { remindAt: new Date('2026-11-24T08:30:00Z') });
      await aTask('done', { due: due('2026-11-24'), remindAt: new Date('2026-11-24T08:30:00Z'), status: 'done' });
      await aTask('not mine', { due: due('2026-11-24'), remindAt: new Date('2026-11-24T08:30:00Z') }, stranger);
      const event = await create('event', 'Dinner', owner);
      const schedule = { start: { date: '2026-11-25', time: '19:00' }, end: null, timezone: 'Europe/Berlin' };
      await change(event, decideChangeEvent(event, { schedule, place: 'Café' }));
      await create('event', 'Some time', owner);
    });
    afterAll(() => database.close());

    const create = (entityType: 'task' | 'event', title: string, userId: UserId) =>
      writeEntity(sources, {
        userId,
        id: EntityId.parse(newId()),
        before: null,
        at: now,
        deltas: [{ type: 'entity.created', data: { entityType, title, given: [] } }],
      });
    const change = async ({ id, userId }: EntityState, deltas: Parameters<typeof writeEntity>[1]['deltas']) =>
      writeEntity(sources, { userId, id, at: now, before: await loadEntityForChange(sources, userId, id), deltas });
    const aTask = async (title: string, fields: TaskChange, userId = owner): Promise<void> => {
      const state = await create('task', title, userId);
      await change(state, decideChangeTask(state, fields, { now, nextOccurrence: () => null }));
    };
    const titles = (states: EntityState[]) => states.map(({ title }) => title);
    const open = async (filter: OpenTaskFilter) =>
      titles(await listOpenTasks(database.queries, owner, { filter, limit: 10 }));

    test('is listed by when it is due, of one user, as long as it is to be done', async () => {
      expect(await open({})).toEqual(['earlier', 'morning', 'all day', 'undated']);
      expect(await open({ dueFrom: '2026-11-24' })).toEqual(['morning', 'all day']);
      expect(await open({ dueTo: '2026-11-23' })).toEqual(['earlier']);
      expect(await open({ isDue: false })).toEqual(['undated']);
      expect(await open({ tag: 'home' })).toEqual([]);
    });

    test('goes on after any of it', async () => {
      const all = await listOpenTasks(database.queries, owner, { filter: {}, limit: 10 });
      for (const [index, { id, task }] of all.entries()) {
        const after = { date: task?.due?.date ?? null, time: task?.due?.time ?? null, id };
        const rest = await listOpenTasks(database.queries, owner, { filter: {}, after, limit: 10 });
        expect(titles(rest)).toEqual(titles(all.slice(index + 1)));
      }
    });

    test('stands in the calendar if it takes place or is to be done', async () => {
      const dated = await listDated(database.queries, owner, { limit: 10 });
      expect(titles(dated)).toEqual(['Dinner', 'all day', 'morning', 'earlier']);
      expect(titles(await listDated(database.queries, owner, { limit: 1 }))).toEqual(['Dinner']);
    });

    test('reminds when its time has come, the oldest first, of everybody', async () => {
      const at = async (time: string) => {
        const found = await findDueReminders(database.queries, { now: new Date(`2026-11-24T${time}Z`), limit: 10 });
        return found.map(({ userId }) => userId);
      };
      expect(await at('08:29:59')).toEqual([]);
      expect((await at('08:30:00')).sort()).toEqual([owner, stranger].sort());
      expect(await at('10:00:00')).toHaveLength(4);
      const all = await findDueReminders(database.queries, { now: new Date('2026-11-25'), limit: 10 });
      for (const [index, after] of all.entries()) {
        const rest = await findDueReminders(database.queries, { now: new Date('2026-11-25'), limit: 10, after });
        expect(rest).toEqual(all.slice(index + 1));
      }
    });

    test('is opened by the last link of its user', async () => {
      const hash = (byte: number) => new Uint8Array(32).fill(byte);
      const link = (byte: number, at = now) =>
        replaceCalendarLink(database.queries, owner, { secretHash: hash(byte), now: at });
      await link(1);
      const later = new Date('2026-11-25T08:00:00Z');
      expect(await link(1, later)).toEqual({ createdAt: now });
      expect(await link(2, later)).toEqual({ createdAt: later });
      expect(await findCalendarOwner(database.queries, hash(1))).toBeNull();
      expect(await findCalendarOwner(database.queries, hash(2))).toBe(owner);
      await deleteCalendarLink(database.queries, owner);
      expect(await findCalendarOwner(database.queries, hash(2))).toBeNull();
    });
  });
}
