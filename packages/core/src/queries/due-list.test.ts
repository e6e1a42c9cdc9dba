import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DueList, daysOfDueList, dueInstant, isInDueList } from './due-list.ts';

const now = new Date('2026-11-24T23:30:00Z');
const lists = (due: Parameters<typeof isInDueList>[0], timezone: string, at = now) =>
  Object.values(DueList).filter((list) => isInDueList(due, list, { now: at, timezone }));
const day = (date: string) => ({ date, time: null, timezone: 'America/New_York' });

describe('the lists of what is due', () => {
  test('go by the day where the person is; a day is the same day everywhere', () => {
    expect(lists(day('2026-11-24'), 'Europe/London')).toEqual(['open', 'today']);
    expect(lists(day('2026-11-24'), 'Europe/Berlin')).toEqual(['open', 'overdue']);
    expect(lists(day('2026-11-25'), 'Europe/Berlin')).toEqual(['open', 'today']);
    expect(lists(day('2026-11-25'), 'Europe/London')).toEqual(['open', 'upcoming']);
  });

  test('know the instant of a time of day, wherever it is meant', () => {
    const atSix = { date: '2026-11-24', time: '18:00', timezone: 'America/New_York' };
    expect(lists(atSix, 'Europe/London')).toEqual(['open', 'overdue', 'today']);
    expect(lists(atSix, 'Europe/Berlin', new Date('2026-11-24T22:30:00Z'))).toEqual(['open', 'upcoming']);
    expect(lists(atSix, 'Europe/Berlin', new Date('2026-11-24T23:00:00Z'))).toEqual(['open', 'today']);
  });

  test('have a place for what is due at no time', () => {
    expect(lists(null, 'Europe/London')).toEqual(['open', 'undated']);
  });
});

const timezones = ['Pacific/Kiritimati', 'Pacific/Niue', 'Europe/Berlin', 'UTC', 'Asia/Kolkata'];
const due = fc.record({
  date: fc.integer({ min: -4, max: 4 }).map((days) => `2026-11-${String(24 + days).padStart(2, '0')}`),
  time: fc.constantFrom(null, '00:00', '12:00', '23:59'),
  timezone: fc.constantFrom(...timezones),
});

test('what stands in a list is due between the days that are read for it; each thing is today, later or past', () => {
  fc.assert(
    fc.property(due, fc.constantFrom(...timezones), (each, timezone) => {
      const found = lists(each, timezone);
      for (const list of found) {
        const { dueFrom = each.date, dueTo = each.date } = daysOfDueList(list, { now, timezone });
        expect(each.date >= dueFrom && each.date <= dueTo).toBe(true);
      }
      expect(found.length).toBeGreaterThan(1);
      if (each.time !== null) expect(found.includes('overdue')).toBe(dueInstant(each) < now);
      expect(found.includes('today') && found.includes('upcoming')).toBe(false);
    }),
  );
});
