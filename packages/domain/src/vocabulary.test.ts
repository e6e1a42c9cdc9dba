import { expect, test } from 'vitest';
import { EntityId } from './ids.ts';
import { dueSchema, recurrenceSchema, tagSchema, timezoneSchema, titleSchema } from './vocabulary.ts';

test.each([
  ['#Home ', 'home'],
  ['  Work/Clients', 'work/clients'],
  ['ÜBERALL', 'überall'],
  ['買い物', '買い物'],
])('the tag %j is kept as %j', (written, kept) => {
  expect(tagSchema.parse(written)).toBe(kept);
});

test.each(['', '#', ' ', '-x', 'a\nb', 'a'.repeat(101), 'a#b'])('%j is no tag', (written) => {
  expect(tagSchema.safeParse(written).success).toBe(false);
});

test.each(['', '  ', 'a'.repeat(501), 'two\nlines', 'nul\0', 'half \ud800'])('%j is no title', (written) => {
  expect(titleSchema.safeParse(written).success).toBe(false);
});

test('ids are UUIDs of version 7 and nothing else', () => {
  expect(EntityId.safeParse('01890000-0000-7000-8000-000000000001').success).toBe(true);
  expect(EntityId.safeParse('01890000-0000-4000-8000-000000000001').success).toBe(false);
});

test('a due date is a day of the calendar, a time of the day and a place', () => {
  const due = { date: '2026-02-28', time: '23:59', timezone: 'UTC' };
  expect(dueSchema.parse(due)).toEqual(due);
  expect(dueSchema.safeParse({ ...due, date: '2026-02-30' }).success).toBe(false);
  expect(dueSchema.safeParse({ ...due, time: '24:00' }).success).toBe(false);
});

test('timezones and recurrences are those of IANA and RFC 5545', () => {
  expect(timezoneSchema.safeParse('America/Argentina/Buenos_Aires').success).toBe(true);
  expect(timezoneSchema.safeParse('Mars/Olympus').success).toBe(false);
  expect(recurrenceSchema.safeParse('FREQ=WEEKLY;BYDAY=MO').success).toBe(true);
  expect(recurrenceSchema.safeParse('every Monday').success).toBe(false);
});
