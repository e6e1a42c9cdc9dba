import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inUtf8 } from './in-utf8.ts';

async function* partsOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function read(bytes: Uint8Array, contentType: string, partLength = 7): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of inUtf8(partsOf(bytes, partLength), { contentType })) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

test('a text is read in the encoding that its content type, its meta or its mark says', async () => {
  const latin1 = Buffer.from('<p>Füße', 'latin1');
  expect(await read(latin1, 'text/html; charset="ISO-8859-1"')).toBe('<p>Füße');
  const declared = Buffer.from('<meta http-equiv=x content="text/html; charset=windows-1252"><p>Füße', 'latin1');
  expect(await read(declared, 'text/html')).toContain('Füße');
  const marked = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Füße', 'utf16le')]);
  expect(await read(marked, 'text/html; charset=utf-8')).toBe('Füße');
  expect(await read(Buffer.from('Füße'), 'text/html; charset=no-such-thing')).toBe('Füße');
});

test('whatever comes, it becomes text that every store can hold', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), fc.integer({ min: 1, max: 9 }), async (bytes, partLength) => {
      const text = await read(bytes, 'text/plain', partLength);
      expect(text.isWellFormed() && !text.includes('\0')).toBe(true);
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
      expect(await read(Buffer.from(text), 'text/plain')).toBe(text.replaceAll('\0', '').replace(/^\ufeff/, ''));
    }),
  );
});
