import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chainDigest, type DigestedHeader, GENESIS_DIGEST } from './digest.ts';

const header: DigestedHeader = {
  id: '01890000-0000-7000-8000-000000000001',
  aggregateId: '01890000-0000-7000-8000-000000000002',
  aggregateType: 'entity',
  userId: '01890000-0000-7000-8000-000000000003',
  version: 1,
  timestamp: '2026-11-24T10:00:00.000Z',
  type: 'entity.tag_added',
  schemaVersion: 1,
  metadata: { actor: { kind: 'user', id: 'x' }, command: 'test' },
  causationId: null,
  correlationId: '01890000-0000-7000-8000-000000000004',
  source: 'api',
};
const data = { tag: 'home' };
const digest = (...link: Parameters<typeof chainDigest>) => Buffer.from(chainDigest(...link)).toString('hex');

test.each(Object.keys(header))('a change of the header’s %s changes the digest', (field) => {
  expect(digest(GENESIS_DIGEST, { ...header, [field]: 'changed' }, data)).not.toBe(
    digest(GENESIS_DIGEST, header, data),
  );
});

test('a change of the data or of the link before changes the digest', () => {
  const link = digest(GENESIS_DIGEST, header, data);
  expect(digest(GENESIS_DIGEST, header, { tag: 'Home' })).not.toBe(link);
  expect(digest(new Uint8Array(32).fill(1), header, data)).not.toBe(link);
});

test('the digest is that of the values, not of the order in which a database gives the keys back', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), (values) => {
      const reversed = Object.fromEntries(Object.entries(values).reverse());
      expect(digest(GENESIS_DIGEST, header, reversed)).toBe(digest(GENESIS_DIGEST, header, values));
    }),
  );
});

test('the digest of these values never changes, or no stored chain would verify', () => {
  expect(digest(GENESIS_DIGEST, header, data)).toBe('0847ce3129627556b08f5a111e21abc1464a67ada842fc3ddbf17d1fdcf41175');
});

test('what is no JSON is not digested', () => {
  expect(() => digest(GENESIS_DIGEST, header, undefined)).toThrow(TypeError);
});
