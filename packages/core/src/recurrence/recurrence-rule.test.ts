import { ValidationFailed } from '@synap/domain';
import { expect, test } from 'vitest';
import { parseRecurrence } from './recurrence-rule.ts';

const REFUSED = [
  'FREQ=HOURLY',
  'FREQ=SECONDLY;INTERVAL=10',
  'FREQ=DAILY;INTERVAL=0',
  'FREQ=DAILY;INTERVAL=99999999999999999999',
  'FREQ=DAILY;COUNT=0',
  'FREQ=DAILY;COUNT=3;UNTIL=20261231',
  'FREQ=DAILY;UNTIL=20261331',
  'FREQ=DAILY;FREQ=DAILY',
  'FREQ=DAILY;BYHOUR=9',
  'FREQ=DAILY;BYDAY=XX',
  'FREQ=DAILY;X-PART=1',
  'FREQ=DAILY;INTERVAL=',
  'FREQ=WEEKLY;BYDAY=2MO',
  'FREQ=WEEKLY;BYMONTHDAY=3',
  'FREQ=MONTHLY;BYMONTH=13',
  'FREQ=MONTHLY;BYMONTHDAY=0',
  'FREQ=MONTHLY;BYWEEKNO=3',
  'FREQ=MONTHLY;BYDAY=6MO',
  'FREQ=MONTHLY;BYSETPOS=1',
  'FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO',
  'INTERVAL=2',
];

test.each(REFUSED)('%s is refused, and says why', (rule) => {
  expect(() => parseRecurrence(rule)).toThrow(ValidationFailed);
  expect(() => parseRecurrence(rule)).toThrow(/^recurrence: \S/);
});

test('the parts of a rule are read', () => {
  expect(parseRecurrence('FREQ=MONTHLY;INTERVAL=2;COUNT=3;BYDAY=-1FR,MO;BYMONTH=1,12,1;BYSETPOS=-1;WKST=SU')).toEqual({
    frequency: 'MONTHLY',
    interval: 2,
    count: 3,
    until: null,
    weekStart: 'SU',
    months: [1, 12],
    weekNumbers: [],
    yearDays: [],
    monthDays: [],
    weekdays: [
      { weekday: 'FR', nth: -1 },
      { weekday: 'MO', nth: null },
    ],
    positions: [-1],
  });
  expect(parseRecurrence('FREQ=DAILY;UNTIL=20261231T220000Z').until).toEqual({
    date: '2026-12-31',
    time: '22:00:00',
    isUtc: true,
  });
});
