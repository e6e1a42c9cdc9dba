import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { streakOf } from './streak.ts';

describe('a streak', () => {
  test.each([
    ['of no days is none', [], { current: 0, longest: 0, isTodayActive: false }],
    ['goes on today', ['2026-11-26', '2026-11-27'], { current: 2, longest: 2, isTodayActive: true }],
    ['is not over before the day is', ['2026-11-25', '2026-11-26'], { current: 2, longest: 2, isTodayActive: false }],
    ['is over after a day without', ['2026-11-24', '2026-11-25'], { current: 0, longest: 2, isTodayActive: false }],
    [
      'begins anew after a gap',
      ['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-27'],
      { current: 1, longest: 3, isTodayActive: true },
    ],
    [
      'goes over the end of February',
      ['2028-02-28', '2028-02-29', '2028-03-01'],
      { current: 0, longest: 3, isTodayActive: false },
    ],
  ])('%s', (_, days, expected) => {
    expect(streakOf(new Set(days), '2026-11-27')).toEqual(expected);
  });

  test('is as long as the days that can be counted back from its end', () => {
    const today = DateTime.fromISO('2026-11-27');
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 60 })), (ago) => {
        const days = new Set(ago.map((count) => today.minus({ days: count }).toFormat('yyyy-MM-dd')));
        const streak = streakOf(days, '2026-11-27');
        const begin = ago.includes(0) ? 0 : 1;
        let length = 0;
        while (ago.includes(begin + length)) length += 1;
        expect(streak.current).toBe(length);
        expect(streak.longest).toBeGreaterThanOrEqual(length);
        expect(streak.longest === 0).toBe(ago.length === 0);
      }),
    );
  });
});
