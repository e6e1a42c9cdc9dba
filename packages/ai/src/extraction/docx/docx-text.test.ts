import { Unprocessable } from '@synap/domain';
import { describe, expect, test } from 'vitest';
import { aDocx, announceSize, footnotes, paragraph } from '../testing/sample-docx.ts';
import { docxText } from './docx-text.ts';

const read = (content: Uint8Array, maxTextLength = 10_000) =>
  docxText(content, { maxTextLength, readUntil: Number.POSITIVE_INFINITY });
const readBody = async (body: string) => (await read(aDocx({ body }))).text;

describe('the text of a Word document', () => {
  test('is its paragraphs, footnotes and title', async () => {
    const content = aDocx({
      title: 'On &amp; on',
      body: paragraph('Hello ', 'wor', 'ld') + paragraph('Caf\u00e9 &lt;3'),
      entries: { 'word/footnotes.xml': footnotes('A note.') },
    });
    expect(await read(content)).toEqual({
      text: 'Hello world\nCaf\u00e9 <3\n\nA note.',
      title: 'On & on',
      isTruncated: false,
      problem: null,
    });
  });

  test.each([
    [
      'breaks and tabs',
      '<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t></w:r></w:p>',
      'a\nb c',
    ],
    [
      'rows of a table',
      `<w:tbl><w:tr><w:tc>${paragraph('1')}</w:tc><w:tc>${paragraph('2')}</w:tc></w:tr><w:tr><w:tc>${paragraph('3')}</w:tc></w:tr></w:tbl>`,
      '1 2\n3',
    ],
    [
      'no deleted text',
      '<w:p><w:del><w:r><w:delText>x</w:delText><w:t>x</w:t></w:r></w:del><w:ins><w:r><w:t>a</w:t></w:r></w:ins></w:p>',
      'a',
    ],
    [
      'no hidden text',
      '<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>x</w:t></w:r><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>a</w:t></w:r></w:p>',
      'a',
    ],
    ['no codes of fields', '<w:p><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>a</w:t></w:r></w:p>', 'a'],
    [
      'no second version for old programs',
      `<mc:AlternateContent><mc:Choice>${paragraph('a')}</mc:Choice><mc:Fallback>${paragraph('a')}</mc:Fallback></mc:AlternateContent>`,
      'a',
    ],
  ])('has %s', async (_, body, text) => {
    expect(await readBody(body)).toBe(text);
  });

  test('is found where the package says, whatever the name', async () => {
    expect((await read(aDocx({ documentName: 'word/document2.xml' }))).text).toBe('Hello');
  });

  test('ends at the length that is wanted', async () => {
    const content = aDocx({ body: paragraph('word ').repeat(10_000) });
    expect(await read(content, 9)).toMatchObject({ text: 'word\nword', isTruncated: true });
  });

  test('does not resolve entities that the file declares', async () => {
    const prolog =
      '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>';
    const { text } = await read(aDocx({ prolog, body: paragraph('&b; &f;') }));
    expect(text).not.toMatch(/aaaa|root:/);
  });
});

describe('a file that cannot be read', () => {
  test.each([
    ['without its document', aDocx({ entries: { 'word/document.xml': undefined } })],
    ['cut off', aDocx().subarray(0, 400)],
    ['of garbage behind the right start', Buffer.from('PK\u0003\u0004 and then nothing')],
    ['that announces more than it holds', announceSize(aDocx(), 'word/document.xml', 5_000)],
  ])('%s has a problem instead of a text', async (_, content) => {
    const { text, problem } = await read(content);
    expect(text).toBeNull();
    expect(problem?.reason).toBe('unreadable');
  });
});

describe('a zip bomb is refused', () => {
  const zeros = new Uint8Array(30_000_000);
  test.each([
    ['as the document', aDocx({ entries: { 'word/document.xml': zeros } })],
    ['beside the document', aDocx({ entries: { 'word/media/image1.bmp': zeros } })],
    [
      'that announces gigabytes',
      announceSize(aDocx({ entries: { 'word/media/a.bin': new Uint8Array(10) } }), 'word/media/a.bin', 4_000_000_000),
    ],
    [
      'that lies about its size',
      announceSize(aDocx({ entries: { 'word/document.xml': zeros } }), 'word/document.xml', 1_000),
    ],
    [
      'of very many entries',
      aDocx({ entries: Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`word/${index}`, ''])) }),
    ],
  ])('%s', async (_, content) => {
    const before = process.memoryUsage().arrayBuffers;
    await expect(read(content, 1_000_000_000)).rejects.toBeInstanceOf(Unprocessable);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });

  test('but one inside another archive is never unpacked', async () => {
    const inner = aDocx({ entries: { 'word/document.xml': zeros } });
    expect((await read(aDocx({ entries: { 'word/embeddings/inner.docx': inner } }))).text).toBe('Hello');
  });
});
