import fc from 'fast-check';
import { expect, test } from 'vitest';
import { statementsOf, states, wordsOf } from './statements.ts';

const NOTE = '# Bread\n\n500 g flour, **350 g water**. Bake at 245 degrees for 25 minutes.';

test('what is quoted stands in what it was quoted from, however it is marked up', () => {
  const quoted = '- Bake at 245 degrees for 25 minutes. [1]\n> 500 g flour, 350 g water [2].';
  expect(statementsOf(quoted)).toHaveLength(2);
  for (const statement of statementsOf(quoted)) expect(states(wordsOf(NOTE), statement)).toBe(true);
});

test.each(['Bake at 250 degrees for 25 minutes.', 'Do not bake at 245 degrees.', 'Bake at 24', 'Flour 500 g'])(
  'a changed word is another statement: %s',
  (text) => {
    expect(statementsOf(text).every((statement) => states(wordsOf(NOTE), statement))).toBe(false);
  },
);

test('every text states what it states', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      for (const statement of statementsOf(text))
        expect(states(wordsOf(text.replace(/\[\d+\]/g, ' ')), statement)).toBe(true);
    }),
  );
});
