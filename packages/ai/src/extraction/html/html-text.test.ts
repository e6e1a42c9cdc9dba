import fc from 'fast-check';
import { expect, test } from 'vitest';
import { htmlText } from './html-text.ts';

const read = (html: string, maxTextLength = 10_000) =>
  htmlText(html, { maxTextLength, readUntil: Number.POSITIVE_INFINITY });

test('words are read as they are shown, line by line', () => {
  const page = `<html><head><title> The \n title </title><style>p { color: red }</style></head><body>
    <h1>Head<em>ing</em></h1><p>One
    <b>two</b>&nbsp;&amp; three<br>four</p><ul><li>a</li><li>b</li></ul>
    <table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table><pre>x  =
  1</pre></body></html>`;
  expect(read(page)).toEqual({
    title: 'The title',
    text: 'Heading\n\nOne two & three\nfour\n\na\nb\n\n1 2\n3\n\nx  =\n  1',
    isTruncated: false,
    problem: null,
  });
});

test.each([
  '<script>alert("<p>x</p>")</script>',
  '<style>x</style>',
  '<template>x</template>',
  '<noscript>x</noscript>',
  '<svg><title>x</title><text>x</text></svg>',
  '<div hidden>x<p>x</p></div>',
  '<div style="color:red; display : NONE">x</div>',
  '<span style="visibility:hidden">x</span>',
  '<i aria-hidden="true">x</i>',
  '<!-- x -->',
  '<select><option>x</option></select>',
])('what is not seen is not read: %s', (hidden) => {
  expect(read(`<div>before ${hidden}after</div>`).text).toBe('before after');
});

test('reading ends at the length that is wanted, not within a character', () => {
  expect(read('<p>abc\u{1F600}def', 4)).toMatchObject({ text: 'abc', isTruncated: true });
  expect(read('<p>abc</p>', 3)).toMatchObject({ text: 'abc', isTruncated: false });
});

test('a tower of tags is read down to a depth, quickly', () => {
  const started = performance.now();
  expect(read(`top${'<div>'.repeat(500_000)}`)).toMatchObject({ text: 'top', isTruncated: true });
  expect(performance.now() - started).toBeLessThan(5_000);
});

test('any markup has a text that can be stored', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '/',
    'p',
    'div ',
    '<b',
    '&#0;',
    '&#xD800;',
    '\0',
    '\u001b',
    '<!--',
    '"',
    '=',
    'x',
    '\r\n',
    '<title>',
    '<pre>',
  );
  fc.assert(
    fc.property(fc.string({ unit: piece, maxLength: 200 }), fc.nat(60), (html, maxTextLength) => {
      const { text, title } = read(html, maxTextLength);
      expect(text?.length).toBeLessThanOrEqual(maxTextLength);
      for (const written of [text ?? '', title ?? '']) {
        expect(written.isWellFormed()).toBe(true);
        expect(written).not.toMatch(/[^\P{Cc}\t\n]/u);
      }
    }),
    { numRuns: 1_000 },
  );
});
