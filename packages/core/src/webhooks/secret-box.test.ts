import { Unavailable } from '@synap/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSecretBox } from './secret-box.ts';

const box = createSecretBox({ secret: 'a secret of this test only' });

test('what is sealed opens for its purpose, and shows nothing of itself', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ unit: 'grapheme', minLength: 12 }), (purpose, text) => {
      const sealed = box.seal(purpose, text);
      expect(box.open(purpose, sealed)).toBe(text);
      expect(box.seal(purpose, text)).not.toBe(sealed);
      expect(Buffer.from(sealed, 'base64url').includes(Buffer.from(text))).toBe(false);
    }),
  );
});

test('it opens for no other purpose, under no other secret, and not when a bit of it was changed', () => {
  const sealed = box.seal('webhook 1', 'whsec_abc');
  expect(() => box.open('webhook 2', sealed)).toThrow(Unavailable);
  expect(() => createSecretBox({ secret: 'another secret than that' }).open('webhook 1', sealed)).toThrow(Unavailable);
  expect(() => box.open('webhook 1', '')).toThrow(Unavailable);
  const bytes = Buffer.from(sealed, 'base64url');
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(() => box.open('webhook 1', changed.toString('base64url'))).toThrow(Unavailable);
  }
});
