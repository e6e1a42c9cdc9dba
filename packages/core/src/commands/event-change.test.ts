import type { Schedule } from '@synap/domain';
import { expect, test } from 'vitest';
import { eventChange } from './event-change.ts';

const present: Schedule = {
  start: { date: '2026-11-25', time: '19:00' },
  end: { date: '2026-11-25', time: '21:00' },
  timezone: 'Europe/Berlin',
};
const change = (fields: Parameters<typeof eventChange>[0], schedule: Schedule | null = present) =>
  eventChange(fields, { present: schedule, defaultTimezone: 'UTC' }).schedule;

test('what is not said stays, at the same instant', () => {
  expect(change({ endAt: '2026-11-25T21:30:00Z' })).toEqual({ ...present, end: { date: '2026-11-25', time: '22:30' } });
  expect(change({ startAt: '2026-11-25T17:00:00Z', timezone: 'Asia/Tokyo' })).toEqual({
    start: { date: '2026-11-26', time: '02:00' },
    end: { date: '2026-11-26', time: '05:00' },
    timezone: 'Asia/Tokyo',
  });
  expect(change({ place: 'Café' })).toBeUndefined();
  expect(change({ timezone: 'Asia/Tokyo' })).toBeUndefined();
});

test('a day is a whole day, and null clears', () => {
  const day = { date: '2026-11-25', time: null };
  expect(change({ startAt: '2026-11-25' }, null)).toEqual({ start: day, end: null, timezone: 'UTC' });
  expect(change({ endAt: null })).toEqual({ ...present, end: null });
  expect(change({ startAt: null })).toBeNull();
});

test('an end needs a start, and both need to be days or instants', () => {
  expect(() => change({ endAt: '2026-11-25' }, null)).toThrow(/^startAt: /);
  expect(() => change({ startAt: null, endAt: '2026-11-25' })).toThrow(/^startAt: /);
  expect(() => change({ startAt: '2026-02-30' }, null)).toThrow(/^startAt: /);
});
