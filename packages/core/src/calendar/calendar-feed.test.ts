import { EntityId, type EntityState, EntityType, UserId } from '@synap/domain';
import { sync as parse, type VEvent } from 'node-ical';
import { describe, expect, test } from 'vitest';
import { writeCalendar } from './calendar-feed.ts';

const at = new Date('2026-11-24T08:00:00Z');
const id = EntityId.parse('01890000-0000-7000-8000-00000000000e');
const state: EntityState = {
  id,
  userId: UserId.parse('01890000-0000-7000-8000-00000000000a'),
  type: EntityType.task,
  title: 'Water the plants',
  file: null,
  formerTitles: [],
  tags: [],
  task: null,
  event: null,
  provenance: {},
  suggestions: [],
  version: 3,
  createdAt: at,
  updatedAt: at,
  deletedAt: null,
};
const aTask = (due: NonNullable<EntityState['task']>['due'], recurrence: string | null = null): EntityState => ({
  ...state,
  task: { status: 'todo', priority: 0, due, recurrence, completedAt: null, remindAt: null, awaitsReminder: false },
});
const anEvent = (
  schedule: NonNullable<EntityState['event']>['schedule'],
  place: string | null = null,
): EntityState => ({
  ...state,
  type: EntityType.event,
  event: { schedule, place },
});

/** What another library reads in it. */
function read(...states: EntityState[]): VEvent {
  const event = parse.parseICS(writeCalendar(states))[`${id}@synap`];
  if (event?.type !== 'VEVENT') throw new Error('There is no event.');
  return event;
}

describe('the calendar, as another library reads it', () => {
  test('has what is due at a time of day at that time where it is meant', () => {
    const event = read(aTask({ date: '2026-07-01', time: '09:00', timezone: 'America/New_York' }));
    expect(event).toMatchObject({ summary: 'Water the plants', datetype: 'date-time', sequence: '3' });
    expect(event.start).toEqual(new Date('2026-07-01T13:00:00Z'));
  });

  test('has what is due on a day as a whole day', () => {
    const event = read(aTask({ date: '2026-07-01', time: null, timezone: 'America/New_York' }));
    expect(event.datetype).toBe('date');
    expect(event.start.toDateString()).toBe('Wed Jul 01 2026');
  });

  test('repeats what recurs at the same time of day, on both sides of a change of clocks', () => {
    const event = read(aTask({ date: '2026-10-24', time: '09:00', timezone: 'Europe/Berlin' }, 'FREQ=DAILY;COUNT=3'));
    expect(event.rrule?.options.count).toBe(3);
    expect(writeCalendar([aTask({ date: '2026-10-24', time: '09:00', timezone: 'Europe/Berlin' })])).toMatch(
      /BEGIN:VTIMEZONE\r\nTZID:Europe\/Berlin\r\n[\s\S]*DTSTART;TZID=Europe\/Berlin:20261024T090000\r\n/,
    );
  });

  test('ends what recurs as RFC 5545 wants it said', () => {
    const timed = { date: '2026-11-24', time: '09:00', timezone: 'Europe/Berlin' };
    const rule = (due: typeof timed | { date: string; time: null; timezone: string }, recurrence: string) =>
      /RRULE:(.*)\r/.exec(writeCalendar([aTask(due, recurrence)]).split('BEGIN:VEVENT')[1] ?? '')?.[1];
    expect(rule(timed, 'FREQ=DAILY;UNTIL=20261231')).toBe('FREQ=DAILY;UNTIL=20261231T225959Z');
    expect(rule(timed, 'FREQ=DAILY;UNTIL=20261231T120000')).toBe('FREQ=DAILY;UNTIL=20261231T110000Z');
    expect(rule({ ...timed, time: null }, 'FREQ=DAILY;UNTIL=20261231T230000Z')).toBe('FREQ=DAILY;UNTIL=20270101');
    expect(rule(timed, 'FREQ=HOURLY')).toBeUndefined();
  });

  test('has events with their end and place, and whole days to the end of the last one', () => {
    const [start, end] = [
      { date: '2026-11-25', time: '19:00' },
      { date: '2026-11-25', time: '21:30' },
    ];
    expect(read(anEvent({ start, end, timezone: 'Asia/Calcutta' }, 'Café; 1, “x”'))).toMatchObject({
      start: new Date('2026-11-25T13:30:00Z'),
      end: new Date('2026-11-25T16:00:00Z'),
      location: 'Café; 1, “x”',
    });
    const days = { start: { ...start, time: null }, end: { date: '2026-11-27', time: null }, timezone: 'UTC' };
    expect(read(anEvent(days)).end.toDateString()).toBe('Sat Nov 28 2026');
  });

  test('breaks at nothing that a title, a text or a timezone may be', () => {
    const title = 'Wäter, the; plants\\ 🌱 BEGIN:VEVENT '.repeat(8).trim();
    const file = { filePath: 'x', fileSize: 1, fileType: 'markdown', checksum: 'a'.repeat(64) } as const;
    const due = { date: '2026-11-24', time: '09:00', timezone: 'Mars/Base' };
    const preview = 'one\r\nEND:VCALENDAR\ntwo';
    const text = writeCalendar([{ ...aTask(due), title, tags: ['a, b'], file: { ...file, preview } }]);
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    const event = read({ ...aTask(due), title, file: { ...file, preview } });
    expect(event).toMatchObject({ summary: title, start: new Date('2026-11-24T09:00:00Z') });
    expect(String(event.description)).toContain('END:VCALENDAR');
  });

  test('is the same for the same things', () => {
    const task = aTask({ date: '2026-11-24', time: '09:00', timezone: 'Europe/Berlin' }, 'FREQ=DAILY');
    expect(writeCalendar([task])).toBe(writeCalendar([task]));
  });
});
