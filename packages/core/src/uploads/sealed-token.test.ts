import { Forbidden } from '@synap/domain';
import { expect, test } from 'vitest';
import { createTokenSealer } from './sealed-token.ts';

const sealer = createTokenSealer({ secret: 'a secret of this test only' });

test('what was sealed is given back as it was', () => {
  const value = { name: 'schön.pdf', sizeBytes: 3 };
  expect(sealer.open('upload', sealer.seal('upload', value))).toEqual(value);
});

test('what was changed, is for something else or from elsewhere is refused', () => {
  const token = sealer.seal('upload', { userId: 'ada' });
  const [payload = '', signature = ''] = token.split('.');
  const forged = Buffer.from(JSON.stringify({ userId: 'bob' })).toString('base64url');
  const elsewhere = createTokenSealer({ secret: 'a secret of another server' }).seal('upload', { userId: 'ada' });
  for (const bad of [`${forged}.${signature}`, payload, `${token}.`, `${payload}.`, elsewhere, '', '.', 'banana']) {
    expect(() => sealer.open('upload', bad), bad).toThrow(Forbidden);
  }
  expect(() => sealer.open('something else', token)).toThrow(Forbidden);
});

test('a secret that can be guessed is none', () => {
  expect(() => createTokenSealer({ secret: 'short' })).toThrow(TypeError);
});
