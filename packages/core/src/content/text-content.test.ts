import { TooLarge, UnsupportedType, ValidationFailed } from '@synap/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeText, encodeText } from './text-content.ts';

const LIMIT = { maxBytes: 1000 };

describe('text content', () => {
  test('any text that is not blank comes back as it was', () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 100 })
      .filter((candidate) => candidate.trim() !== '' && !candidate.includes('\0'));
    fc.assert(
      fc.property(text, (content) => {
        const limit = { maxBytes: 10_000 };
        expect(decodeText(encodeText(content, limit))).toBe(content);
      }),
    );
  });

  test('the limit counts bytes, not characters', () => {
    expect(encodeText('a'.repeat(1000), LIMIT)).toHaveLength(1000);
    expect(() => encodeText('a'.repeat(1001), LIMIT)).toThrow(TooLarge);
    expect(() => encodeText('ä'.repeat(501), LIMIT)).toThrow(TooLarge);
  });

  test.each(['', ' ', '\n\t\u00a0\u3000'])('nothing but white space is refused: %j', (content) => {
    expect(() => encodeText(content, LIMIT)).toThrow(ValidationFailed);
  });

  test('binary data is told apart from text that is badly encoded', () => {
    expect(() => decodeText(Uint8Array.of(0x47, 0x49, 0x00, 0x46))).toThrow(UnsupportedType);
    expect(() => decodeText(Uint8Array.of(0x63, 0x61, 0x66, 0xe9))).toThrow(ValidationFailed);
    expect(() => encodeText('a\0b', LIMIT)).toThrow(UnsupportedType);
    expect(() => encodeText('a\ud800b', LIMIT)).toThrow(ValidationFailed);
  });
});
