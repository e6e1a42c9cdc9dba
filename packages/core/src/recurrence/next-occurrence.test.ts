import type { Due } from '@synap/domain';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import rrule from 'rrule';
import { describe, expect, test } from 'vitest';
import { checkRecurrence, isRecurrence, nextOccurrence } from './next-occurrence.ts';

const { RRule, rrulestr } = rrule;
const berlin = (date: string, time: string | null = null): Due => ({ date, time, timezone: 'Europe/Berlin' });
const next = (due: Due | null, recurrence: string, now = '2026-11-24T08:00:00Z') =>
  nextOccurrence({ due, recurrence, remindAt: null }, { now: new Date(now), timezone: 'Europe/Berlin' });

describe('the next occurrence', () => {
  test('comes after the one that is done, also when that is done early', () => {
    expect(next(berlin('2026-11-24', '09:00'), 'FREQ=DAILY')?.due).toEqual(berlin('2026-11-25', '09:00'));
    expect(next(berlin('2026-11-30', '09:00'), 'FREQ=DAILY')?.due).toEqual(berlin('2026-12-01', '09:00'));
  });

  test('is the first one to come, whatever was missed', () => {
    expect(next(berlin('2026-11-01'), 'FREQ=DAILY')?.due.date).toBe('2026-11-25');
    // It is nine o'clock in Berlin: what was due at eight today has passed, what is due at ten has not.
    expect(next(berlin('2026-11-01', '08:00'), 'FREQ=DAILY')?.due.date).toBe('2026-11-25');
    expect(next(berlin('2026-11-01', '10:00'), 'FREQ=DAILY')?.due.date).toBe('2026-11-24');
    expect(next(berlin('2026-11-02'), 'FREQ=WEEKLY;INTERVAL=2')?.due.date).toBe('2026-11-30');
  });

  test('is at the same time of day on both sides of a change of clocks', () => {
    const autumn = next(berlin('2026-10-24', '09:00'), 'FREQ=DAILY', '2026-10-24T07:30:00Z')?.due;
    expect(autumn).toEqual(berlin('2026-10-25', '09:00'));
    const spring = next(berlin('2027-03-27', '09:00'), 'FREQ=DAILY', '2027-03-27T08:30:00Z')?.due;
    expect(spring).toEqual(berlin('2027-03-28', '09:00'));
  });

  test('of a task that is not due yet begins today, where the person is', () => {
    expect(next(null, 'FREQ=WEEKLY', '2026-11-24T23:30:00Z')?.due).toEqual(berlin('2026-12-02'));
    expect(next(null, 'FREQ=WEEKLY;BYDAY=MO')?.due).toEqual(berlin('2026-11-30'));
  });

  test('keeps to the end of months, and to leap years', () => {
    expect(next(berlin('2026-11-30'), 'FREQ=MONTHLY;BYMONTHDAY=-1')?.due.date).toBe('2026-12-31');
    expect(next(berlin('2026-12-31'), 'FREQ=MONTHLY')?.due.date).toBe('2027-01-31');
    expect(next(berlin('2027-01-31'), 'FREQ=MONTHLY', '2027-01-31T08:00:00Z')?.due.date).toBe('2027-03-31');
    expect(next(berlin('9998-12-31'), 'FREQ=YEARLY')?.due.date).toBe('9999-12-31');
    expect(next(berlin('9999-12-31'), 'FREQ=YEARLY')).toBeNull();
    expect(next(berlin('2024-02-29'), 'FREQ=YEARLY')?.due.date).toBe('2028-02-29');
    expect(next(berlin('2026-11-27'), 'FREQ=MONTHLY;BYDAY=-1FR')?.due.date).toBe('2026-12-25');
    expect(next(berlin('2026-11-24'), 'FREQ=DAILY;BYDAY=SA;BYMONTHDAY=29;BYMONTH=2')?.due.date).toBe('2048-02-29');
  });

  test('is counted down, with what was missed, to the last one', () => {
    expect(next(berlin('2026-11-24'), 'FREQ=DAILY;COUNT=3')).toEqual({
      due: berlin('2026-11-25'),
      recurrence: 'FREQ=DAILY;COUNT=2',
      remindAt: null,
    });
    expect(next(berlin('2026-11-23'), 'FREQ=DAILY;COUNT=3')).toEqual({
      due: berlin('2026-11-25'),
      recurrence: 'FREQ=DAILY;COUNT=1',
      remindAt: null,
    });
    expect(next(berlin('2026-11-22'), 'FREQ=DAILY;COUNT=3')).toBeNull();
    expect(next(berlin('2026-11-24'), 'FREQ=DAILY;COUNT=1')).toBeNull();
  });

  test('is not after the end of the rule', () => {
    expect(next(berlin('2026-11-24'), 'FREQ=DAILY;UNTIL=20261125')?.due.date).toBe('2026-11-25');
    expect(next(berlin('2026-11-25'), 'FREQ=DAILY;UNTIL=20261125')).toBeNull();
    const nine = berlin('2026-11-24', '09:00');
    expect(next(nine, 'FREQ=DAILY;UNTIL=20261125T080000Z')?.due.date).toBe('2026-11-25');
    expect(next(nine, 'FREQ=DAILY;UNTIL=20261125T075959Z')).toBeNull();
    expect(next(nine, 'FREQ=DAILY;UNTIL=20261125T085959')).toBeNull();
    expect(next(berlin('2026-11-24'), 'FREQ=DAILY;UNTIL=20261124T230000Z')?.due.date).toBe('2026-11-25');
  });

  test('is none by a rule from before rules were checked', () => {
    expect(next(berlin('2026-11-24', '09:00'), 'FREQ=HOURLY')).toBeNull();
  });
});

test('the reminder is as long before it as it was, by the clocks where it is due', () => {
  const task = { due: berlin('2026-10-24', '09:00'), recurrence: 'FREQ=WEEKLY' };
  const now = new Date('2026-10-24T08:00:00Z');
  const remindAt = new Date('2026-10-23T18:00:00Z');
  const found = nextOccurrence({ ...task, remindAt }, { now, timezone: 'UTC' });
  // Clocks have changed in between: eight in the evening is eight in the evening.
  expect(found?.remindAt).toEqual(new Date('2026-10-30T19:00:00Z'));
});

test('what never occurs is refused before anybody waits for it', () => {
  const startedAt = performance.now();
  const never = [
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=DAILY;INTERVAL=7;BYDAY=MO',
    'FREQ=MONTHLY;INTERVAL=12;BYMONTH=3',
    'FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1',
    'FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6',
    'FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1',
    `FREQ=YEARLY;BYMONTHDAY=${Array.from({ length: 28 }, (_, index) => index + 1)};BYSETPOS=366`,
    `FREQ=MONTHLY;BYMONTHDAY=${Array.from({ length: 28 }, (_, index) => index + 1)};BYSETPOS=31`,
  ];
  for (const rule of never) {
    expect({ rule, occurs: isRecurrence(rule, { from: '2026-11-24' }) }).toEqual({ rule, occurs: false });
    expect(next(berlin('2026-11-24'), rule)).toBeNull();
  }
  expect(performance.now() - startedAt).toBeLessThan(4000);
  expect(() => checkRecurrence('FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', { from: '2026-11-24' })).toThrow(/never occurs/);
});

const weekdays = fc
  .subarray(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], { minLength: 1 })
  .map((days) => days.join(','));
const months = fc.subarray([1, 2, 3, 6, 12], { minLength: 1 }).map((list) => list.join(','));
const rule = fc
  .tuple(
    fc.constantFrom(
      fc.constant('FREQ=DAILY'),
      weekdays.map((days) => `FREQ=DAILY;BYDAY=${days}`),
      fc.constant('FREQ=DAILY;BYMONTHDAY=1,15,-1'),
      fc.constant('FREQ=WEEKLY'),
      weekdays.map((days) => `FREQ=WEEKLY;BYDAY=${days}`),
      fc.constant('FREQ=MONTHLY'),
      fc.constantFrom('FREQ=MONTHLY;BYMONTHDAY=31', 'FREQ=MONTHLY;BYDAY=2TU', 'FREQ=MONTHLY;BYDAY=MO,FR;BYSETPOS=-1'),
      fc.constantFrom(
        'FREQ=YEARLY',
        'FREQ=YEARLY;BYWEEKNO=20',
        'FREQ=YEARLY;BYYEARDAY=100,-1',
        'FREQ=YEARLY;BYDAY=1MO',
      ),
    ),
    fc.constantFrom(1, 2, 5),
    fc.option(months),
  )
  .chain(([base, interval, ofMonths]) =>
    base.map((text) => `${text};INTERVAL=${interval}${ofMonths === null ? '' : `;BYMONTH=${ofMonths}`}`),
  );
const day = fc.date({ min: new Date('2026-01-01'), max: new Date('2030-12-31'), noInvalidDate: true });
const due = fc.record({
  date: day.map((date) => date.toISOString().slice(0, 10)),
  time: fc.constantFrom(null, '00:00', '02:30', '09:00', '23:59'),
  timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Kiritimati'),
});
const now = fc.integer({ min: -400, max: 400 });

test('is later than both, keeps its time of day, and is what the whole rule says, of any rule', () => {
  fc.assert(
    fc.property(due, rule, now, (present, recurrence, daysAfter) => {
      const instant = DateTime.fromISO(`${present.date}T12:00`, { zone: present.timezone }).plus({ days: daysAfter });
      const found = nextOccurrence(
        { due: present, recurrence, remindAt: null },
        { now: instant.toJSDate(), timezone: 'Asia/Tokyo' },
      );
      if (found === null) return;
      expect(found.recurrence).toBe(recurrence);
      expect({ ...found.due, date: '' }).toEqual({ ...present, date: '' });
      expect(found.due.date > present.date).toBe(true);
      const isLater = `${found.due.date}T${found.due.time ?? '00:00'}` > instant.toFormat("yyyy-MM-dd'T'HH:mm");
      expect(isLater).toBe(true);
      // What the library makes of the whole rule, between the two: nothing, and then what was found.
      const whole = new RRule({
        ...rrulestr(`RRULE:${recurrence}`).origOptions,
        dtstart: new Date(`${present.date}T00:00Z`),
      });
      const isPast = (date: Date) =>
        present.time !== null && present.time <= '12:00' && date.toISOString().slice(0, 10) === instant.toISODate();
      const after = instant.toISODate() ?? '';
      const [, from] = [after, present.date].sort();
      const expected = whole
        .between(new Date(`${from}T00:00Z`), new Date(`${found.due.date}T00:00Z`), true)
        .filter((date) => date.toISOString().slice(0, 10) > present.date)
        .filter((date) => date.toISOString().slice(0, 10) > after || (present.time !== null && !isPast(date)));
      expect(expected.map((date) => date.toISOString().slice(0, 10))).toEqual([found.due.date]);
    }),
    { numRuns: 300 },
  );
});
