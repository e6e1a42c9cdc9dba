import { dueSchema } from '@synap/domain';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { findDue } from './find-due.ts';

/** Wednesday 13 May 2026, 14:30 in Berlin. */
const berlin = { now: new Date('2026-05-13T12:30:00Z'), timezone: 'Europe/Berlin' };

function said(text: string, options = berlin): string | null {
  const due = findDue(text, options)?.due;
  return due === undefined ? null : [due.date, due.time].filter((part) => part !== null).join(' ');
}

describe('a day that is said on purpose is found', () => {
  it.each([
    ['Buy milk tomorrow', '2026-05-14'],
    ['msg Olga tmrw at 9', '2026-05-14 09:00'],
    ['call the bank the day after tomorrow', '2026-05-15'],
    ['finish the deck tonight', '2026-05-13'],
    ['report by EOD', '2026-05-13'],
    ['report by EOD tomorrow', '2026-05-14'],
    ['send it by Friday', '2026-05-15'],
    ['hand in on Wednesday', '2026-05-20'],
    ['follow up next Friday', '2026-05-22'],
    ['tidy up this weekend', '2026-05-16'],
    ['review the contract next week', '2026-05-20'],
    ['check again in 2 weeks', '2026-05-27'],
    ['check again in a fortnight', '2026-05-27'],
    ['pay by the end of the month', '2026-05-31'],
    ['plan it by the end of next month', '2026-06-30'],
    ['tax return by the end of July', '2026-07-31'],
    ['transfer rent on the 1st', '2026-06-01'],
    ['pay the bill by the 15th', '2026-05-15'],
    ['return on the 3rd', '2026-06-03'],
    ['party on 20 May', '2026-05-20'],
    ['party on May 20', '2026-05-20'],
    ['renewal due 3 January', '2027-01-03'],
    ['trip to Lyon from 5 to 7 June', '2026-06-05'],
    ['clocks change on the last Sunday in October', '2026-10-25'],
    ['wrap presents before Christmas', '2026-12-24'],
    ['minutes from Monday, send by Friday', '2026-05-15'],
    ['submit on 2026-07-01', '2026-07-01'],
  ])('%s', (text, expected) => expect(said(text)).toBe(expected));
});

describe('a time of day is found', () => {
  it.each([
    ['call at 5pm', '2026-05-13 17:00'],
    ['call at 9', '2026-05-14 09:00'],
    ['standup at 14:30', '2026-05-14 14:30'],
    ['lunch on Friday at noon', '2026-05-15 12:00'],
    ['dentist Fri 9', '2026-05-15 09:00'],
    ['drinks on Friday at 8', '2026-05-15 20:00'],
    ['breakfast on Friday at 8', '2026-05-15 08:00'],
    ['christening, Sunday half past eleven', '2026-05-17 11:30'],
    ['at quarter to nine on Monday', '2026-05-18 08:45'],
    ['seven in the evening on Thursday', '2026-05-14 19:00'],
    ['site visit tomorrow 14h30', '2026-05-14 14:30'],
    ['gas man on Monday between 8 and 11', '2026-05-18 08:00'],
    ['take the cake out in 20 minutes', '2026-05-13 14:50'],
    ['movie night Saturday, 8 o’clock', '2026-05-16 20:00'],
    ['leaving on the 14th at 05:50', '2026-05-14 05:50'],
  ])('%s', (text, expected) => expect(said(text)).toBe(expected));
});

describe('German, French and Spanish dates are found', () => {
  it.each([
    ['morgen um 9 den Zahnarzt anrufen', '2026-05-14 09:00'],
    ['Zahnarzt am Freitag um 9 anrufen', '2026-05-15 09:00'],
    ['Freitag um 17.30 Elternabend', '2026-05-15 17:30'],
    ['Am Freitag den Preis um 9 Euro senken', '2026-05-15'],
    ['Am Freitag die Miete um 9,5 % erhöhen', '2026-05-15'],
    ['Bericht bis Freitag abgeben', '2026-05-15'],
    ['Steuererklärung bis Ende Mai abgeben', '2026-05-31'],
    ['Konzert am 9. November um 20 Uhr', '2026-11-09 20:00'],
    ['Treffen am Montag um halb acht', '2026-05-18 07:30'],
    ['appeler le plombier demain à 10h', '2026-05-14 10:00'],
    ['dîner chez Sophie samedi à 20h30', '2026-05-16 20:30'],
    ['payer la facture avant vendredi', '2026-05-15'],
    ['cita con el médico el lunes a las 9:30', '2026-05-18 09:30'],
    ['enviar el informe pasado mañana', '2026-05-15'],
  ])('%s', (text, expected) => expect(said(text)).toBe(expected));
});

describe('what only looks like a date is none', () => {
  it.each([
    'may I ask',
    'march to the beat of the drum',
    'he sat on a chair in the sun',
    'wait a second',
    'upgrade to version 3.4.0',
    'costs 12.50 each',
    'founded in 1987',
    'yesterday we met the architects',
    'the report from last week',
    'we moved two years ago',
    'invoice is 3 weeks overdue',
    'return within reason, 30 days from purchase',
    'runs for 45 minutes',
    'we won 3:1',
    'add 1/2 l milk',
    'book a table for eight people',
    'third floor, second door',
    'see https://example.com/2026-05-20/report',
    'Martin said March would be too early',
    'call May about the keys',
    '',
  ])('%j', (text) => expect(said(text)).toBeNull());
});

describe('the clock is the person’s, whatever the machine’s timezone', () => {
  const machineTimezone = process.env.TZ;
  afterEach(() => {
    if (machineTimezone === undefined) delete process.env.TZ;
    else process.env.TZ = machineTimezone;
  });

  const machines = [
    'UTC',
    'Asia/Tokyo',
    'America/Los_Angeles',
    'Pacific/Kiritimati',
    'America/Sao_Paulo',
    'Europe/Berlin',
  ];
  it.each(machines)('on a machine in %s', (machine) => {
    process.env.TZ = machine;
    // 23:30 in UTC is half past eight the next morning in Tokyo.
    const tokyo = { now: new Date('2026-02-27T23:30:00Z'), timezone: 'Asia/Tokyo' };
    expect(said('call Kenji tomorrow at 9', tokyo)).toBe('2026-03-01 09:00');
    expect(said('today at 17:00', tokyo)).toBe('2026-02-28 17:00');
    // A minute before and after midnight in New York.
    expect(said('tomorrow', { now: new Date('2026-03-08T04:59:00Z'), timezone: 'America/New_York' })).toBe(
      '2026-03-08',
    );
    expect(said('tomorrow', { now: new Date('2026-03-08T05:01:00Z'), timezone: 'America/New_York' })).toBe(
      '2026-03-09',
    );
    // The clock goes from 2 to 3 that night in Berlin: two hours after 1:30 it is 4:30, and 9 stays 9.
    const changing = { now: new Date('2026-03-29T00:30:00Z'), timezone: 'Europe/Berlin' };
    expect(said('in 2 hours', changing)).toBe('2026-03-29 04:30');
    expect(said('tomorrow at 9', changing)).toBe('2026-03-30 09:00');
    // And there is no half past two in New York on this day; the machine may be there or not.
    expect(said('friday at 10', { now: new Date('2026-03-08T02:30:00Z'), timezone: 'UTC' })).toBe('2026-03-13 10:00');
  });

  it('reads 5/6 as people there do', () => {
    const now = berlin.now;
    expect(said('due by 5/6', { now, timezone: 'Europe/Berlin' })).toBe('2026-06-05');
    expect(said('due by 5/6', { now, timezone: 'America/Chicago' })).toBe('2027-05-06');
  });

  it('converts a time that names its own zone', () => {
    expect(said('call on Friday at 9am EST')).toMatch(/^2026-05-15 1[56]:00$/);
  });

  it('takes an unknown timezone for UTC', () => {
    expect(said('tomorrow', { now: berlin.now, timezone: 'Mars/Olympus' })).toBe('2026-05-14');
  });
});

it('any text gives a valid due date, not in the past, or none', () => {
  const words = fc.constantFrom(
    'by',
    'on',
    'the',
    '31st',
    '30',
    '2',
    'Feb',
    'friday',
    'every',
    'at',
    '25:61',
    '12',
    'next',
    'tomorrow',
    'in',
    'weeks',
    'noon',
    '/',
    '-',
    '.',
    'h',
    'uhr',
    'am',
    'le',
    'a las',
    '#',
    '99999999999',
  );
  const sentences = fc.array(words, { maxLength: 12 }).map((list) => list.join(' '));
  fc.assert(
    fc.property(fc.oneof(sentences, fc.string({ unit: 'binary' })), (text) => {
      const found = findDue(text, berlin);
      if (found === null) return;
      expect(dueSchema.parse(found.due)).toEqual(found.due);
      expect(found.due.date >= '2026-05-13').toBe(true);
      for (const { start, end } of found.places) {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(text.length);
      }
    }),
    { numRuns: 500 },
  );
});
