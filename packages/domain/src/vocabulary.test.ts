import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntityId } from './ids.ts';
import {
  dueSchema,
  fileTypeSchema,
  recurrenceSchema,
  storableTextSchema,
  tagSchema,
  timezoneSchema,
  titleSchema,
} from './vocabulary.ts';

test.each([
  ['#Home ', 'home'],
  ['  Work/Clients', 'work/clients'],
  ['ÜBERALL', 'überall'],
  ['買い物', '買い物'],
  ['u\u0308ber', '\u00fcber'],
])('the tag %j is kept as %j', (written, kept) => {
  expect(tagSchema.parse(written)).toBe(kept);
});

test.each(['', '#', ' ', '-x', 'a\nb', 'a'.repeat(101), 'a#b'])('%j is no tag', (written) => {
  expect(tagSchema.safeParse(written).success).toBe(false);
});

const refusedTitles = ['', '  ', 'a'.repeat(501), 'two\nlines', 'nul\0', 'half \ud800', 'escape \u001b', 'c1 \u0085x'];
test.each(refusedTitles)('%j is no title', (written) => {
  expect(titleSchema.safeParse(written).success).toBe(false);
});

test('a title may have up to 500 characters', () => {
  expect(titleSchema.parse(` ${'a'.repeat(500)} `)).toHaveLength(500);
});

/** Any string that JavaScript can hold, with controls and halves of surrogate pairs. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.integer({ min: 0, max: 0xff_ff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: fc.constantFrom('#', ' ', 'a', 'İ', 'Σ', '\0', '\ud83e', '\udd8a', '\u0301', '/') }),
);

test.each([
  ['title', titleSchema],
  ['tag', tagSchema],
] as const)('a %s that was accepted can be stored and is accepted again as it is', (_, schema) => {
  fc.assert(
    fc.property(anyText, (written) => {
      const accepted = schema.safeParse(written);
      if (!accepted.success) return;
      expect(schema.parse(accepted.data)).toBe(accepted.data);
      expect(accepted.data.isWellFormed()).toBe(true);
      expect(accepted.data).toMatch(/^\P{Cc}+$/u);
    }),
  );
});

test('text is stored as it is, unless no database can hold it', () => {
  expect(storableTextSchema.parse(' two\n lines 🦊 ')).toBe(' two\n lines 🦊 ');
  expect(storableTextSchema.safeParse('a\0b').success).toBe(false);
  expect(storableTextSchema.safeParse('\udd8a').success).toBe(false);
});

test('ids are UUIDs of version 7 and nothing else', () => {
  expect(EntityId.safeParse('01890000-0000-7000-8000-000000000001').success).toBe(true);
  expect(EntityId.safeParse('01890000-0000-4000-8000-000000000001').success).toBe(false);
});

test('a due date is a day of the calendar, a time of the day and a place', () => {
  const due = { date: '2026-02-28', time: '23:59', timezone: 'UTC' };
  expect(dueSchema.parse(due)).toEqual(due);
  expect(dueSchema.safeParse({ ...due, date: '2026-02-30' }).success).toBe(false);
  expect(dueSchema.safeParse({ ...due, date: '0000-01-01' }).success).toBe(false);
  expect(dueSchema.safeParse({ ...due, time: '24:00' }).success).toBe(false);
  for (const timezone of ['', 'a\0', '\ud800', 'a b'])
    expect(dueSchema.safeParse({ ...due, timezone }).success).toBe(false);
  for (const timezone of Intl.supportedValuesOf('timeZone'))
    expect(dueSchema.parse({ ...due, timezone }).timezone).toBe(timezone);
});

test('timezones and recurrences are those of IANA and RFC 5545', () => {
  expect(timezoneSchema.safeParse('America/Argentina/Buenos_Aires').success).toBe(true);
  expect(timezoneSchema.safeParse('Mars/Olympus').success).toBe(false);
  expect(recurrenceSchema.safeParse('FREQ=WEEKLY;BYDAY=MO').success).toBe(true);
  expect(recurrenceSchema.safeParse('FREQ=MONTHLY;BYDAY=-1FR,+1MO;UNTIL=20271231T000000Z').success).toBe(true);
  for (const written of ['every Monday', 'FREQ=DAILY;', 'FREQ=DAILY;\0', 'FREQ=DAILY;hello', 'FREQ=DAILY\nX']) {
    expect(recurrenceSchema.safeParse(written).success).toBe(false);
  }
});

test.each(['markdown', 'pdf', 'audio', 'video', 'image'])(
  'a file that was recorded as %s before there were more kinds stays readable',
  (recorded) => {
    expect(fileTypeSchema.parse(recorded)).toBe(recorded);
  },
);

test.each(['text', 'html', 'docx'])('%s is a kind of file', (kind) => {
  expect(fileTypeSchema.parse(kind)).toBe(kind);
});
