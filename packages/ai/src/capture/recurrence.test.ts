import { dueSchema, recurrenceSchema } from '@synap/domain';
import fc from 'fast-check';
import rrule from 'rrule';
import { describe, expect, it } from 'vitest';
import { findRecurrence, firstOccurrence } from './recurrence.ts';

const { RRule } = rrule;
/** Wednesday 13 May 2026, 14:30 in Berlin. */
const berlin = { now: new Date('2026-05-13T12:30:00Z'), timezone: 'Europe/Berlin' };

describe('what is done again and again becomes a rule', () => {
  it.each([
    ['take out the bins every Monday', 'FREQ=WEEKLY;BYDAY=MO', '2026-05-18'],
    ['yoga every Tuesday and Thursday', 'FREQ=WEEKLY;BYDAY=TU,TH', '2026-05-14'],
    ['clean the oven every other week', 'FREQ=WEEKLY;INTERVAL=2', '2026-05-13'],
    ['mow every second Saturday', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=SA', '2026-05-16'],
    ['vitamins daily', 'FREQ=DAILY', '2026-05-13'],
    ['stretch every day', 'FREQ=DAILY', '2026-05-13'],
    ['standup on weekdays', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', '2026-05-13'],
    ['pay rent on the first of each month', 'FREQ=MONTHLY;BYMONTHDAY=1', '2026-06-01'],
    ['invoice on the 15th of every month', 'FREQ=MONTHLY;BYMONTHDAY=15', '2026-05-15'],
    ['newsletter on the first Monday of each month', 'FREQ=MONTHLY;BYDAY=1MO', '2026-06-01'],
    ['close the books on the last day of every month', 'FREQ=MONTHLY;BYMONTHDAY=-1', '2026-05-31'],
    ['change the filter every 3 months', 'FREQ=MONTHLY;INTERVAL=3', '2026-05-13'],
    ['renew the certificate yearly', 'FREQ=YEARLY', '2026-05-13'],
    ['choir rehearsal wednesdays 19:00', 'FREQ=WEEKLY;BYDAY=WE', '2026-05-13'],
    ['Müll rausbringen jeden Dienstag', 'FREQ=WEEKLY;BYDAY=TU', '2026-05-19'],
    ['Pflanzen gießen alle 3 Tage', 'FREQ=DAILY;INTERVAL=3', '2026-05-13'],
    ['sortir les poubelles tous les lundis', 'FREQ=WEEKLY;BYDAY=MO', '2026-05-18'],
    ['regar las plantas cada semana', 'FREQ=WEEKLY', '2026-05-13'],
  ])('%s', (text, rule, first) => {
    expect(findRecurrence(text)?.rule).toBe(rule);
    expect(recurrenceSchema.parse(rule)).toBe(rule);
    expect(() => new RRule(RRule.parseString(rule))).not.toThrow();
    expect(firstOccurrence(rule, null, berlin)?.date).toBe(first);
  });

  it.each(['buy milk', 'the monthly report is long', 'Monday was hard', 'a daily struggle', 'everyone likes it', ''])(
    'but not %j',
    (text) => {
      expect(findRecurrence(text)).toBeNull();
    },
  );

  it('starts with the next time when today’s is over', () => {
    expect(firstOccurrence('FREQ=DAILY', '09:00', berlin)).toEqual({
      date: '2026-05-14',
      time: '09:00',
      timezone: 'Europe/Berlin',
    });
    expect(firstOccurrence('FREQ=DAILY', '18:00', berlin)?.date).toBe('2026-05-13');
  });
});

it('any recurrence found is valid and has a first time', () => {
  const words = fc.constantFrom(
    'every',
    'each',
    'other',
    'second',
    '0',
    '3',
    '31',
    'monday',
    'weeks',
    'months',
    'day',
    'the',
    'of',
    'month',
    'last',
    'on',
    'jeden',
    'chaque',
    'cada',
    'friday',
    'and',
    '15th',
    'yearly',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 8 }), (list) => {
      const found = findRecurrence(list.join(' '));
      if (found === null) return;
      expect(recurrenceSchema.safeParse(found.rule).success).toBe(true);
      const first = firstOccurrence(found.rule, null, berlin);
      expect(dueSchema.safeParse(first).success).toBe(true);
    }),
    { numRuns: 500 },
  );
});
