import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText } from './plain-text.ts';

it.each([
  ['[a](https://example.com)', 'a'],
  ['see [the *docs*](https://example.com/a_(b)) now', 'see the docs now'],
  ['[text][ref]', 'text'],
  ['[[Note]]', 'Note'],
  ['[[Note#Part]]', 'Note > Part'],
  ['[[x|y]]', 'y'],
  ['| [[x\\|y]] | b |', 'y b'],
  ['![alt text](image.png)', 'alt text'],
  ['[![badge](b.svg)](https://example.com) text', 'badge text'],
  ['![[image.png|300]] text', 'text'],
  ['![[Note]]', 'Note'],
  ['**bold** and *italic* and ***both*** and ~~gone~~ and ==marked==', 'bold and italic and both and gone and marked'],
  ['__bold__ _italic_', 'bold italic'],
  ['**bold with *italic* in it**', 'bold with italic in it'],
  ['snake_case_name and __init__.py stay, 2 * 3 = 6, a == b', 'snake_case_name and init.py stay, 2 * 3 = 6, a == b'],
  ['`**/*.md` and ``a_b_``', '**/*.md and a_b_'],
  ['\\*not emphasis\\*', '*not emphasis*'],
  ['a <b>bold</b> <!-- hidden --> word<br>', 'a bold word'],
  ['<https://example.com>', 'https://example.com'],
  ['1 < 2 &amp; 3 &gt; 2', '1 < 2 & 3 > 2'],
  ['text[^1] more %%a comment%% text ^block-id', 'text more text'],
  ['## Heading', 'Heading'],
  ['- [ ] buy milk', 'buy milk'],
  ['1. first', 'first'],
  ['> [!note]- Title\n> body', 'Title\nbody'],
  ['| a | b |\n| --- | :-: |\n| c | d |', 'a b\nc d'],
  ['a\n\n---\n\n***\n\nb', 'a\nb'],
  ['```js\nconst a = b ** c; // *x*\n```', 'const a = b ** c; // *x*'],
  ['---\ntitle: x\n---\nbody', 'body'],
  ['#tag stays', '#tag stays'],
])('%j reads %j', (markdown, expected) => {
  expect(plainText(markdown)).toBe(expected);
});

describe('plain text of anything', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc
      .array(fc.constantFrom(...'*_`[]()<>!|#~=\\%&;- \na1🎉'), { maxLength: 200 })
      .map((characters) => characters.join('')),
  );

  it('is never longer than asked for and never ends in half a character', () => {
    fc.assert(
      fc.property(anything, fc.nat({ max: 60 }), (markdown, maxLength) => {
        const text = plainText(markdown, { maxLength });
        expect(text.length).toBeLessThanOrEqual(maxLength);
        expect(text.isWellFormed()).toBe(true);
      }),
    );
  });

  it('invents nothing: every letter and digit of it stands in the source, in this order', () => {
    fc.assert(
      fc.property(anything, (markdown) => {
        let position = 0;
        for (const [character] of plainText(markdown).matchAll(/[\p{L}\p{N}]/gu)) {
          const next = markdown.indexOf(character, position);
          expect(next).toBeGreaterThanOrEqual(position);
          position = next + character.length;
        }
      }),
    );
  });

  it('of words alone is the words', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1 }), (words) => {
        expect(plainText(words.join(' '))).toBe(words.join(' '));
      }),
    );
  });
});

describe('the time to read plain text', () => {
  const hostile = [
    '[',
    '[[',
    '![',
    '*',
    '**a ',
    '_',
    '`',
    '` ``',
    '<',
    '<!--',
    '<a ',
    '[a](',
    '|',
    '| ',
    '>',
    '\\',
    '%%',
    '&',
    ' ',
    '#',
    '- ',
    '(',
    '[!',
    '.',
  ];
  // Linear time takes a fraction of a second for each; quadratic time over 2 MB takes hours.
  it.each(hostile)('grows linearly with %j for 2 MB', { timeout: 20_000 }, (unit) => {
    expect(plainText(unit.repeat(2_000_000 / unit.length)).length).toBeLessThanOrEqual(2_000_000);
  });

  it('of a preview does not depend on the length of the note', { timeout: 20_000 }, () => {
    const note = `${'[link](https://example.com) '.repeat(700_000)}`;
    for (let repeat = 0; repeat < 2000; repeat += 1) expect(plainText(note, { maxLength: 200 })).toHaveLength(200);
  });
});
