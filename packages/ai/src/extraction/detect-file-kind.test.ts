import { SynapError, UnsupportedType } from '@synap/domain';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { detectFileKind, FILE_HEAD_BYTES } from './detect-file-kind.ts';
import { mediaTypeOf } from './media-type.ts';
import { aDocx } from './testing/sample-docx.ts';
import { sampleMedia } from './testing/sample-media.ts';
import { aPdf } from './testing/sample-pdf.ts';

const text = (written: string) => Buffer.from(written);
const utf16 = (written: string) => Buffer.from(`\uFEFF${written}`, 'utf16le');
const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16();

describe('a binary file', () => {
  test.each([
    ['png', sampleMedia.png, 'image', 'image/png'],
    ['jpg', sampleMedia.jpg, 'image', 'image/jpeg'],
    ['gif', sampleMedia.gif, 'image', 'image/gif'],
    ['webp', sampleMedia.webp, 'image', 'image/webp'],
    ['wav', sampleMedia.wav, 'audio', 'audio/wav'],
    ['mp3', sampleMedia.mp3, 'audio', 'audio/mpeg'],
    ['ogg', sampleMedia.ogg, 'audio', 'audio/ogg'],
    ['mp4', sampleMedia.mp4, 'video', 'video/mp4'],
    ['webm', sampleMedia.webm, 'video', 'video/webm'],
    ['pdf', aPdf(), 'pdf', 'application/pdf'],
    ['docx', aDocx(), 'docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ])(
    'that is %s is told by its bytes, and its extension tells its type again',
    async (extension, head, kind, mediaType) => {
      const found = await detectFileKind(head, { fileName: 'notes.md', announcedType: 'text/markdown' });
      expect(found).toEqual({ kind, mediaType, extension, charset: null, isActive: false });
      expect(mediaTypeOf(extension)).toBe(mediaType);
    },
  );

  test('that is a PDF is found behind some other bytes, and as text throughout', async () => {
    expect((await detectFileKind(Buffer.concat([Buffer.from([0, 255, 10]), aPdf()]))).kind).toBe('pdf');
    expect((await detectFileKind(text('\n%PDF-1.4\n1 0 obj'))).kind).toBe('pdf');
  });

  test('that is a Word document is found although the part that names its type comes last', async () => {
    const parts = { '_rels/.rels': text('<x/>'), 'word/document.xml': new Uint8Array(200_000).fill(7) };
    const head = Buffer.from(zipSync({ ...parts, '[Content_Types].xml': text('<x/>') }, { level: 0 }));
    expect((await detectFileKind(head.subarray(0, FILE_HEAD_BYTES))).kind).toBe('docx');
  });

  test.each([
    ['a program for Windows', Buffer.from('MZ\u0090\0\u0003\0\0\0', 'latin1'), /not accepted/],
    ['a program for Linux', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0]), /not accepted/],
    ['a zip archive', Buffer.from(zipSync({ 'word.txt': text('hi') })), /zip archive/],
    [
      'a document with macros',
      Buffer.from(zipSync({ '_rels/.rels': text('<x/>'), 'word/vbaProject.bin': text('x') })),
      /zip/,
    ],
    ['a password-protected Office file', Buffer.from('d0cf11e0a1b11ae1'.padEnd(128, '0'), 'hex'), /password/],
    ['text in Latin-1', Buffer.from('caf\u00e9 au lait', 'latin1'), /UTF-8/],
    ['text with a NUL', text('a\0b'), /UTF-8/],
    ['text in UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]), /UTF-8/],
    ['a character that is cut off', text('\u20ac').subarray(0, 2), /UTF-8/],
    ['nothing at all', Buffer.alloc(0), /empty/],
  ])('that is %s is refused, with a word on what is accepted', async (_, head, why) => {
    const refusal = await detectFileKind(head, { fileName: 'a.png', announcedType: 'image/png' }).catch(
      (error) => error,
    );
    expect(refusal).toBeInstanceOf(UnsupportedType);
    expect(refusal.message).toMatch(why);
    expect(refusal.message).toMatch(/Accepted are .*PDF/);
  });
});

describe('a text file', () => {
  test.each([
    ['a note without a name', text('Buy milk'), {}, 'markdown'],
    ['a note that says nothing of its type', text('x'), { announcedType: 'application/octet-stream' }, 'markdown'],
    ['.md', text('# Title'), { fileName: 'a.md', announcedType: 'text/plain' }, 'markdown'],
    ['.markdown', text('# Title'), { fileName: 'A.MARKDOWN' }, 'markdown'],
    ['text/markdown', text('# Title'), { announcedType: 'text/markdown; charset=utf-8' }, 'markdown'],
    ['.txt', text('# Title'), { fileName: 'a.txt' }, 'text'],
    ['text/csv', text('a,b'), { announcedType: 'text/csv' }, 'text'],
    ['.json', text('{}'), { fileName: 'a.json' }, 'text'],
    ['XML', text('<?xml version="1.0"?><feed></feed>'), { fileName: 'feed.xml' }, 'text'],
    ['what begins like a bitmap', text('BMW builds cars'), { fileName: 'a.md' }, 'markdown'],
    [
      'a script that begins like a GIF',
      text('GIF89a=1;alert(1)'),
      { fileName: 'a.gif', announcedType: 'image/gif' },
      'text',
    ],
    ['Markdown that begins with a tag', text('<div align="center">\n\n# Title'), { fileName: 'README.md' }, 'markdown'],
    ['a part of a page', text('<div>Hi</div>'), { fileName: 'a.html' }, 'html'],
    ['a page that calls itself Markdown', text('<!-- x -->\n<!DOCTYPE html><p>Hi'), { fileName: 'a.md' }, 'html'],
    ['a script that calls itself a picture', text('\uFEFF <script>alert(1)</script>'), { fileName: 'a.png' }, 'html'],
    ['a page in XHTML', text('<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">'), {}, 'html'],
    ['a name of 300 characters', text('x'), { fileName: `${'a'.repeat(300)}.txt` }, 'text'],
  ])('is taken for what it is: %s', async (_, head, hints, kind) => {
    expect((await detectFileKind(head, hints)).kind).toBe(kind);
  });

  test.each([
    ['UTF-8', text('\uFEFFh\u00e9llo'), 'utf-8'],
    ['UTF-16, little end first', utf16('h\u00e9llo'), 'utf-16le'],
    ['UTF-16, big end first', swapped(utf16('h\u00e9llo')), 'utf-16be'],
  ])('may be %s', async (_, head, charset) => {
    expect(await detectFileKind(head)).toMatchObject({ kind: 'markdown', charset });
  });

  test('may be cut within a character where it is only the beginning of a file', async () => {
    const head = text('\u20ac'.repeat(FILE_HEAD_BYTES)).subarray(0, FILE_HEAD_BYTES);
    expect((await detectFileKind(head)).kind).toBe('markdown');
  });
});

test.each([
  '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
  '<?xml version="1.0"?>\n<!-- hi -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" [<!ENTITY a "]>">]>\n<svg:svg>',
])('a drawing in SVG is a picture, and known to be active: %s', async (written) => {
  const found = await detectFileKind(text(written), { fileName: 'a.txt' });
  expect(found).toMatchObject({ kind: 'image', mediaType: 'image/svg+xml', extension: 'svg', isActive: true });
});

test('a page is known to be active, even if it is called a text', async () => {
  expect((await detectFileKind(text('<html>'), { announcedType: 'text/plain' })).isActive).toBe(true);
});

const magic = [
  ...Object.values(sampleMedia),
  aPdf(),
  aDocx(),
  text('<svg '),
  text('<!doctype html '),
  Buffer.from('ID3'),
];
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.tuple(fc.constantFrom(...magic), fc.nat(), fc.uint8Array({ maxLength: 60 })).map(([start, cut, rest]) => {
    return Buffer.concat([start.subarray(0, cut % (start.byteLength + 1)), rest]);
  }),
  fc.string({ unit: fc.constantFrom('<', '!', '-', '?', '>', '[', ']', 'svg', 'html', ' ', 'a', '\n') }).map(text),
);

test('any bytes under any name have a kind or are refused, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(anyBytes, fc.string(), fc.string(), async (head, fileName, announcedType) => {
      try {
        const found = await detectFileKind(head, { fileName, announcedType });
        expect(found.extension).toMatch(/^[a-z0-9]{1,8}$/);
        expect(found.mediaType).toMatch(/^[a-z]+\/[\w.+-]+$/);
      } catch (error) {
        if (!(error instanceof SynapError)) throw error;
        expect(error).toBeInstanceOf(UnsupportedType);
      }
    }),
    { numRuns: 500 },
  );
});
