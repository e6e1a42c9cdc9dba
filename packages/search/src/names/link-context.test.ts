import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkContext } from './link-context.ts';

const toGarden = ({ key }: { key: string }) => key === 'garden';

test.each([
  ['Intro.\n\n- dig in the [[Garden|beds]] *today*\n- more', 'dig in the beds today'],
  ['`[[Garden]]` and [[Shed]] but *see* [[garden#East]]', '[[Garden]] and Shed but see garden > East'],
  ['Nothing [[here]]', null],
])('around the link in %j', (text, context) => {
  expect(linkContext(text, toGarden)).toBe(context);
});

test('a long paragraph is cut at words', () => {
  const words = 'lorem ipsum '.repeat(200);
  const context = linkContext(`${words}[[Garden]] ${words}`, toGarden) ?? '';
  expect(context).toMatch(/^…(?:lorem|ipsum) .*Garden.* (?:lorem|ipsum)…$/u);
  expect(context.length).toBeLessThan(270);
});

test('whatever is around a link, its context is well-formed and short', () => {
  const around = fc.string({ unit: 'binary', maxLength: 400 });
  fc.assert(
    fc.property(around, around, (before, after) => {
      const context = linkContext(`${before.toWellFormed()}\n\nx [[Garden]] y\n\n${after.toWellFormed()}`, () => true);
      if (context === null) return;
      expect(context.isWellFormed()).toBe(true);
      expect(context.length).toBeLessThan(1_400);
    }),
  );
});
