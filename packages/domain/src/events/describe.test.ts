import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomHistory } from '../testing/random-history.ts';
import { describeEvent } from './describe.ts';

test('every event reads as a line for a person', () => {
  fc.assert(
    fc.property(randomHistory(), ({ events }) => {
      for (const event of events) expect(describeEvent(event)).toMatch(/^\P{Cc}{4,}$/u);
    }),
  );
});

test('a change names old and new', () => {
  expect(describeEvent({ type: 'entity.type_changed', data: { oldValue: 'note', newValue: 'task' } })).toBe(
    'type note → task',
  );
  const due = { date: '2026-11-25', time: '09:00', timezone: 'UTC' };
  expect(describeEvent({ type: 'task.due_date_set', data: { oldValue: null, newValue: due } })).toBe(
    'due date none → 2026-11-25 09:00 UTC',
  );
});
