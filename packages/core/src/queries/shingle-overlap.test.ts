import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shingleOverlap } from './shingle-overlap.ts';

const NOTE = 'Buy the large pot for the kitchen before Saturday, since the old one has a crack in its bottom.';

test('a text is the same as itself, in any case and with any markup', () => {
  expect(shingleOverlap(NOTE, `# ${NOTE.toUpperCase()}\n`)).toBe(1);
});

test('a copy with a word changed is mostly the same, another text about it is not', () => {
  expect(shingleOverlap(NOTE, NOTE.replace('Saturday', 'Sunday'))).toBeGreaterThan(0.5);
  expect(shingleOverlap(NOTE, 'The kitchen needs a new pot; look for one at the weekend.')).toBeLessThan(0.1);
});

test('text without spaces is compared as well', () => {
  expect(shingleOverlap('下周三下午三点去看牙医', '下周三下午三点去看牙医吧')).toBeGreaterThan(0.4);
  expect(shingleOverlap('下周三下午三点去看牙医', '猪肉馅三斤白菜切碎后用盐腌')).toBe(0);
});

test('it does not matter which text comes first, and the overlap is from 0 to 1', () => {
  const text = fc.string({ maxLength: 60 });
  fc.assert(
    fc.property(text, text, (left, right) => {
      const overlap = shingleOverlap(left, right);
      expect(overlap).toBe(shingleOverlap(right, left));
      expect(overlap >= 0 && overlap <= 1).toBe(true);
    }),
  );
});
