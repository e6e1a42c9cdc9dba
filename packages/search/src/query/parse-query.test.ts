import { ValidationFailed } from '@synap/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isMisspelling } from './is-misspelling.ts';
import { parseQuery } from './parse-query.ts';

const NOW = new Date('2026-11-24T10:00:00Z');
const parse = (query: string) => parseQuery(query, { now: NOW });
const NOTHING = { phrases: [], excluded: [], inTitle: false, filter: {} };

describe('what a person types', () => {
  test.each([
    'how do I rest better',
    'meet at 10:30',
    'https://example.com/a?b=c',
    'C++ -> Rust',
    'a - b',
    'note: buy milk',
    'say "hello',
    '12" pizza',
    'TYPE of thing',
    'well-known',
    'snap install --dangerous',
  ])('%s is plain text', (text) => {
    expect(parse(text)).toEqual({ ...NOTHING, text });
  });

  test('a quoted phrase must be there, and its words count as words', () => {
    expect(parse('best "olive oil" brand')).toEqual({
      ...NOTHING,
      text: 'best olive oil brand',
      phrases: ['olive oil'],
    });
    expect(parse('„grüner Tee“ «à la carte»').phrases).toEqual(['grüner Tee', 'à la carte']);
  });

  test('a minus leaves out a word or a phrase', () => {
    expect(parse('jaguar -car -"south america"')).toEqual({
      ...NOTHING,
      text: 'jaguar',
      excluded: ['car', 'south america'],
    });
  });

  test('fields say what it must be', () => {
    expect(parse('type:task tag:home -tag:work is:open due:<2026-12-01 milk in:title')).toEqual({
      ...NOTHING,
      text: 'milk',
      inTitle: true,
      filter: { type: 'task', tags: ['home'], excludedTags: ['work'], state: 'open', due: { to: '2026-12-01' } },
    });
    expect(parse('tag:"two words"').filter).toEqual({ tags: ['two words'] });
    expect(parse('"type:task"')).toEqual({ ...NOTHING, text: 'type:task', phrases: ['type:task'] });
  });

  test.each([
    ['due:2026-11', { from: '2026-11-01', to: '2026-12-01' }],
    ['due:2026', { from: '2026-01-01', to: '2027-01-01' }],
    ['due:2026-12-31', { from: '2026-12-31', to: '2027-01-01' }],
    ['due:<=2026-02', { to: '2026-03-01' }],
    ['due:>2026-02', { from: '2026-03-01' }],
    ['due:>=2026-02-28 due:<2026-03-05', { from: '2026-02-28', to: '2026-03-05' }],
    ['due:2026-01..2026-02', { from: '2026-01-01', to: '2026-03-01' }],
    ['due:today', { from: '2026-11-24', to: '2026-11-25' }],
    ['due:<=tomorrow', { to: '2026-11-26' }],
  ])('%s is a span of days', (query, due) => {
    expect(parse(query).filter).toEqual({ due });
  });

  test('created and updated are instants', () => {
    expect(parse('created:2026-11 updated:>2026-01-01').filter).toEqual({
      from: new Date('2026-11-01T00:00:00Z'),
      to: new Date('2026-12-01T00:00:00Z'),
      updated: { from: new Date('2026-01-02T00:00:00Z') },
    });
  });

  test.each([
    ['milk type:tsak', 'at character 6', 'note, task, project'],
    ['is:finished', 'at character 1', 'open, done'],
    ['due:next-week', 'at character 1', '2026-11-24'],
    ['due:2026-02-30', 'at character 1', '2026-11-24'],
    ['due:', 'at character 1', '2026-11-24'],
    ['a -type:task', 'at character 3', 'a minus can stand before'],
    ['in:body', 'at character 1', 'title'],
    ['is:constructor', 'at character 1', 'open, done'],
    ['is:open is:done', 'at character 9', 'one only'],
  ])('%s is refused with its position and what is accepted', (query, position, accepted) => {
    const read = () => parse(query);
    expect(read).toThrow(ValidationFailed);
    expect(read).toThrow(position);
    expect(read).toThrow(accepted);
  });
});

describe('any text at all', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('type:', 'due:<', '-', '"', '“', 'is:open', 'tag:', 'created:2026-', '..', '99-99', ' ', ':', '-"'),
  );
  const query = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

  test('is read, or refused with where and why', () => {
    fc.assert(
      fc.property(query, (text) => {
        try {
          const { filter } = parse(text);
          for (const date of [filter.from, filter.to, filter.updated?.from, filter.updated?.to]) {
            if (date !== undefined) expect(Number.isNaN(date.getTime())).toBe(false);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ValidationFailed);
          expect(String(error)).toMatch(/at character \d+: /);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('words without a field, a quote or a dash are all kept', () => {
    const word = fc.stringMatching(/^[a-zäé一-龥0-9.,;!?]{1,10}$/u);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        expect(parse(words.join(' '))).toEqual({ ...NOTHING, text: words.join(' ') });
      }),
    );
  });
});

describe('a misspelling', () => {
  test.each([
    ['shoping', 'shopping'],
    ['recieve', 'receive'],
    ['gardn', 'garden'],
    ['kuberentes', 'kubernetes'],
    ['acomodation', 'accommodation'],
  ])('%s is meant to be %s', (word, meant) => {
    expect(isMisspelling(word, meant)).toBe(true);
  });

  test.each([
    ['house', 'mouse'],
    ['plan', 'plan'],
    ['plan', 'plants'],
    ['berlin', 'dublin'],
  ])('%s is not %s', (word, other) => {
    expect(isMisspelling(word, other)).toBe(false);
  });

  test('works both ways', () => {
    const word = fc.stringMatching(/^[a-d]{4,9}$/);
    fc.assert(fc.property(word, word, (one, other) => isMisspelling(one, other) === isMisspelling(other, one)));
  });
});
