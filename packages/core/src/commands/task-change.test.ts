import { ValidationFailed } from '@synap/domain';
import { expect, test } from 'vitest';
import { taskChange } from './task-change.ts';

test('a day stays a day, wherever it is meant', () => {
  expect(taskChange({ dueDate: '2026-11-25' }, 'Asia/Tokyo').due).toEqual({
    date: '2026-11-25',
    time: null,
    timezone: 'Asia/Tokyo',
  });
});

test('an instant becomes the local day and time of the timezone that is named', () => {
  const fields = { dueDate: '2026-11-24T23:30:00Z', timezone: 'Europe/Berlin' };
  expect(taskChange(fields, 'UTC').due).toEqual({ date: '2026-11-25', time: '00:30', timezone: 'Europe/Berlin' });
});

test('null clears, and what is left out stays', () => {
  expect(taskChange({ dueDate: null, recurrence: null }, 'UTC')).toMatchObject({ due: null, recurrence: null });
  expect(taskChange({}, 'UTC').due).toBeUndefined();
});

test('a day that is not in the calendar is refused', () => {
  expect(() => taskChange({ dueDate: '2026-02-30' }, 'UTC')).toThrow(ValidationFailed);
});
