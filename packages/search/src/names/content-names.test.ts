import { contentNamesSchema } from '@synap/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readContentNames } from './content-names.ts';
import { READ_MAX_LENGTH } from './markdown-names.ts';

const NONE = { tags: [], links: [] };

test.each([
  ['see [[Garden]] and ![[Plan.md]]', ['Garden', 'Plan.md']],
  ['[[Garden|the beds]], [[Garden#Beds]], [[garden]] and [[ Garden  shed ]]', ['Garden', 'Garden shed']],
  ['# About [[Garden]]\n\n- item [[Beds]]\n\n> quoted [[Seeds]]', ['Garden', 'Beds', 'Seeds']],
  ['| a | b |\n|---|---|\n| [[Garden\\|beds]] | [[Seeds]] |', ['Garden', 'Seeds']],
  ['a [label with [[Garden]]](https://example.org/) and *[[Beds]]* **[[Seeds]]**', ['Garden', 'Beds', 'Seeds']],
  ['[[Über uns]] [[牛乳]] [[🦊]]', ['Über uns', '牛乳', '🦊']],
  ['`[[code]]` and ``[[a`b]]`` \\[[escaped]] [[]] [[#heading]] [[|alias]] [[open [[Shut]]', ['Shut']],
  ['```\n[[fenced]]\n```\n\n    [[indented]]\n\n~~~md\n[[x]]\n~~~\n\nafter [[Real]]', ['Real']],
  ['<div>[[html]]</div>\n\n<!-- [[comment]] -->\n\n<a title="[[x]]">y</a> [[Real]]', ['Real']],
  ['---\nup: "[[Front]]"\n---\n\n[[Real]]', ['Real']],
  ['[[two\nlines]] and [[a]b]]', []],
])('the links in %j', (content, links) => {
  expect(readContentNames(content)).toEqual({ ...NONE, links });
});

test.each([
  [
    '# Heading\n\n#tag at the start, a #Tag-two, (#three) and #area/garden/',
    ['tag', 'tag-two', 'three', 'area/garden'],
  ],
  ['#überall #牛乳 #1st #v2', ['überall', '牛乳', '1st', 'v2']],
  ['#1 #2026 #fff #a0b1c2 ## a#b http://x.org/#part <https://x.org/#part> [x](#part "t") &#39; \\#no #', []],
  ['`#code`\n\n    #indented\n\n```\n#fenced\n```\n\n<p>#html</p>\n\n---\n\n#real.', ['real']],
  ['ask @marta and @Jean-Luc, not me@example.org or @home or @a.b or @x/y', ['people/marta', 'people/jean-luc']],
  ['- [ ] call @Anna #home\n- [x] #home again', ['people/anna', 'home']],
  ['#facade is a word, #one#two is none, **#bold** is one', ['facade', 'bold']],
])('the tags in %j', (content, tags) => {
  expect(readContentNames(content)).toEqual({ ...NONE, tags });
});

const PIECES = [
  '[[',
  ']]',
  '[',
  ']',
  '(',
  ')',
  '#',
  '@',
  '`',
  '```',
  '\n',
  '\n\n',
  '    ',
  '\\',
  '|',
  '<',
  '>',
  '<!--',
];
const aText = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 4 }), fc.constant('word')))
  .map((pieces) => pieces.join(''));

test('whatever somebody writes, what is read from it can be recorded', () => {
  fc.assert(
    fc.property(aText, (text) => {
      const names = readContentNames(text);
      expect(contentNamesSchema.parse(names)).toEqual(names);
      for (const list of [names.tags, names.links]) expect(new Set(list).size).toBe(list.length);
    }),
  );
});

const word = fc.stringMatching(/^[a-z]{1,6}( [a-z]{1,6}){0,2}$/u);

test('what is written in words is found wherever it stands, and never in code', () => {
  const before = fc.constantFrom('', 'text ', '- ', '> ', '## ', '1. ', '(', '**');
  fc.assert(
    fc.property(before, word, (lead, title) => {
      const tag = title.replaceAll(' ', '-');
      expect(readContentNames(`intro\n\n${lead}[[${title}]] #${tag}`)).toMatchObject({ links: [title] });
      expect(readContentNames(`\`[[${title}]]\`\n\n\`\`\`\n${lead}[[${title}]] #${tag} @${tag}\n\`\`\`\n`)).toEqual(
        NONE,
      );
    }),
  );
});

const LENGTH = 200_000;
const HOSTILE = [
  '[',
  '[[',
  '[[a',
  '![',
  '[a](',
  '](',
  '*a_ ',
  '`',
  '`` ',
  '<',
  '<a ',
  '<!-- ',
  '> ',
  '- ',
  '#a',
  '@a ',
  '&',
  '|-',
];

test.each(HOSTILE)('%j over and over is read in bounded time', (piece) => {
  const text = piece.repeat(LENGTH / piece.length);
  const startedAt = performance.now();
  readContentNames(`[[a]] #b\n\n${text}`);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test('of a book that is longer than anybody writes, the beginning is read', () => {
  const book = 'A line with a [[Link here]] and a #tag in it.\n\n'.repeat(220_000);
  expect(book.length).toBeGreaterThan(10_000_000);
  const startedAt = performance.now();
  expect(readContentNames(`${book} [[End]]`)).toEqual({ tags: ['tag'], links: ['Link here'] });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(READ_MAX_LENGTH).toBeLessThan(book.length);
});

test('one text has only so many links', () => {
  const many = Array.from({ length: 1_200 }, (_, index) => `[[Note ${index}]]`).join(' ');
  expect(readContentNames(many).links).toHaveLength(1_000);
});
