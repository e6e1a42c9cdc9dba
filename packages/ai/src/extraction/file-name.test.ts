import { parse } from 'content-disposition';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentDisposition, safeFileName } from './file-name.ts';

test.each([
  ['report.pdf', 'report.pdf'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ada\\Plan B.docx', 'Plan B.docx'],
  ['C:plan.txt', 'plan.txt'],
  ['folder/', 'folder'],
  ['a\0b.png', 'ab.png'],
  ['two\r\nlines: "x".md', 'twolines_ _x_.md'],
  ['photo\u202Egpj.exe', 'photogpj.exe'],
  ['NUL', '_NUL'],
  ['com1.tar.gz', '_com1.tar.gz'],
  ['concert.mp3', 'concert.mp3'],
  ['.htaccess', 'htaccess'],
  ['name. . .', 'name'],
  ['  spaced   out .txt ', 'spaced out .txt'],
  ['\u{1F9D1}\u200D\u{1F680} launch.png', '\u{1F9D1}\u200D\u{1F680} launch.png'],
  ['u\u0308ber.txt', '\u00fcber.txt'],
  ['half \ud800.txt', 'half \ufffd.txt'],
  ['', 'file'],
  ['..', 'file'],
  ['///', 'file'],
  ['\u202E', 'file'],
])('%j becomes %j', (written, kept) => {
  expect(safeFileName(written)).toBe(kept);
});

test('a name of 300 characters is cut and keeps its extension', () => {
  const name = safeFileName(`${'a'.repeat(300)}.markdown`);
  expect(name).toHaveLength(120);
  expect(name.endsWith('a.markdown')).toBe(true);
});

test('a long name is cut between characters, so that every file system takes it', () => {
  const family = '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}';
  expect(safeFileName(`${family.repeat(50)}.jpg`)).toMatch(new RegExp(`^(?:${family})+\\.jpg$`, 'u'));
  expect(Buffer.byteLength(safeFileName(`${'\u8cb7'.repeat(200)}.txt`))).toBeLessThanOrEqual(255);
});

const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({
    unit: fc.constantFrom('.', '/', '\\', ' ', 'a', ':', 'con', 'nul', '\u202E', '\u0301', '\ud800', '\u{1F600}'),
    maxLength: 200,
  }),
);

describe('any name', () => {
  test('becomes one that is harmless, short, and stays as it is from then on', () => {
    fc.assert(
      fc.property(anyName, (written) => {
        const name = safeFileName(written);
        expect(name).not.toMatch(/[\p{Cc}<>:"|?*/\\\u202A-\u202E\u2066-\u2069]|^[.\s]|[.\s]$/u);
        expect(name).not.toMatch(/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i);
        expect(name.isWellFormed()).toBe(true);
        expect(name.length).toBeGreaterThan(0);
        expect(name.length).toBeLessThanOrEqual(120);
        expect(safeFileName(name)).toBe(name);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is a header of printable ASCII that says the safe name again', () => {
    fc.assert(
      fc.property(anyName, fc.constantFrom('inline', 'attachment'), (written, type) => {
        const header = contentDisposition(type, written);
        expect(header).toMatch(/^[\x20-\x7e\xa0-\xff]+$/);
        const { type: parsedType, parameters } = parse(header);
        expect(parsedType).toBe(type);
        expect(parameters.filename).toBe(safeFileName(written));
      }),
      { numRuns: 500 },
    );
  });
});
