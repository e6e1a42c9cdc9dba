import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toBatches } from './batching.ts';

it('every text is in exactly one batch, under its own index', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 400 }), { maxLength: 60 }), (texts) => {
      const placed = toBatches(texts).flatMap(({ texts: some, indexes }) =>
        indexes.map((index, row) => ({ index, text: some[row] })),
      );
      expect(placed.map(({ index }) => index).sort((one, other) => one - other)).toEqual(
        texts.map((_, index) => index),
      );
      for (const { index, text } of placed) expect(text).toBe(texts[index]);
    }),
  );
});

it('long texts run alone, short ones together', () => {
  expect(toBatches(Array.from({ length: 3 }, () => 'word '.repeat(1_000)))).toHaveLength(3);
  expect(toBatches(Array.from({ length: 30 }, () => 'short'))).toHaveLength(1);
});
