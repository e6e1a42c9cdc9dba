import { ValidationFailed } from '@synap/domain';
import { expect, test } from 'vitest';
import { taskChange } from './task-change.ts';

const at = (timezone: string) => ({ timezone, now: new Date('2026-11-24T10:00:00Z') });

test('a day stays a day, wherever it is meant', () => {
  expect(taskChange({ dueDate: '2026-11-25' }, at('Asia/Tokyo')).due).toEqual({
    date: '2026-11-25',
    time: null,
    timezone: 'Asia/Tokyo',
  });
});

test('an instant becomes the local day and time of the timezone that is named', () => {
  const fields = { dueDate: '2026-11-24T23:30:00Z', timezone: 'Europe/Berlin' };
  expect(taskChange(fields, at('UTC')).due).toEqual({ date: '2026-11-25', time: '00:30', timezone: 'Europe/Berlin' });
});

test('null clears, and what is left out stays', () => {
  expect(taskChange({ dueDate: null, recurrence: null }, at('UTC'))).toMatchObject({ due: null, recurrence: null });
  expect(taskChange({}, at('UTC')).due).toBeUndefined();
});

test('a day that is not in the calendar is refused', () => {
  expect(() => taskChange({ dueDate: '2026-02-30' }, at('UTC'))).toThrow(ValidationFailed);
});

test('a recurrence that is no rule, none for tasks, or never comes is refused by its field', () => {
  const refused = (recurrence: string) => () => taskChange({ recurrence }, at('UTC'));
  for (const rule of ['FREQ=SECONDLY', 'FREQ=DAILY;BYDAY=XX', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30']) {
    expect(refused(rule)).toThrow(/^recurrence: /);
  }
  expect(taskChange({ recurrence: 'FREQ=MONTHLY;BYDAY=-1FR' }, at('UTC')).recurrence).toBe('FREQ=MONTHLY;BYDAY=-1FR');
});
