import { ValidationFailed } from '@synap/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';
import { readPublicUrl } from './public-url.ts';

const PUBLIC = ['1.1.1.1', '93.184.215.14', '2606:4700:4700::1111', '2a00:1450:4001:82a::200e'];
const NOT_PUBLIC = [
  ...['0.0.0.0', '127.0.0.1', '127.255.255.254', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.0.1'],
  ...['100.64.0.1', '100.100.100.200', '169.254.169.254', '168.63.129.16', '192.0.0.192', '192.0.2.1', '198.18.0.1'],
  ...['224.0.0.1', '240.0.0.1', '255.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1'],
  ...[
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    'fe80::1',
    'fec0::1',
    'fd00:ec2::254',
  ],
  ...['ff02::1', '2001:db8::1', '100::1', 'not an address', ''],
];

test('a public address is one, and no other is', () => {
  for (const address of PUBLIC) expect(isPublicAddress(address), address).toBe(true);
  for (const address of NOT_PUBLIC) expect(isPublicAddress(address), address).toBe(false);
});

const byte = fc.integer({ min: 0, max: 255 });
const hostPart = fc.tuple(byte, byte, byte);
const anInnerAddress = fc.oneof(
  fc.tuple(fc.constantFrom(0, 10, 127), hostPart).map(([first, rest]) => [first, ...rest]),
  hostPart.map(([second, third]) => [192, 168, second, third]),
  hostPart.map(([second, third]) => [169, 254, second, third]),
  fc.tuple(fc.integer({ min: 16, max: 31 }), hostPart).map(([second, [third, fourth]]) => [172, second, third, fourth]),
  fc
    .tuple(fc.integer({ min: 64, max: 127 }), hostPart)
    .map(([second, [third, fourth]]) => [100, second, third, fourth]),
);
/** The many ways in which a URL may write an IPv4 address. */
const writings: readonly ((bytes: readonly number[]) => string)[] = [
  (bytes) => bytes.join('.'),
  (bytes) => bytes.map((each) => `0x${each.toString(16)}`).join('.'),
  (bytes) => bytes.map((each) => `0${each.toString(8)}`).join('.'),
  (bytes) => String(bytes.reduce((sum, each) => sum * 256 + each, 0)),
  (bytes) => `[::ffff:${bytes.join('.')}]`,
  (bytes) => `[64:ff9b::${bytes.join('.')}]`,
  ([a = 0, b = 0, c = 0, d = 0]) => `[2002:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}::]`,
];

test('however an inner address is written in a URL, it is refused', () => {
  fc.assert(
    fc.property(anInnerAddress, fc.constantFrom(...writings), (bytes, write) => {
      expect(() => readPublicUrl(`http://${write(bytes)}/`)).toThrow(ValidationFailed);
    }),
  );
});

test('only http and https are fetched, and no URL with a password in it', () => {
  expect(readPublicUrl('https://example.org/a?b#c').href).toBe('https://example.org/a?b#c');
  for (const url of ['file:///etc/passwd', 'ftp://example.org', 'gopher://example.org', 'javascript:1', 'x', 'http://'])
    expect(() => readPublicUrl(url), url).toThrow(ValidationFailed);
  expect(() => readPublicUrl('https://name:word@example.org/')).toThrow(ValidationFailed);
  expect(() => readPublicUrl(`https://example.org/${'a'.repeat(2000)}`)).toThrow(ValidationFailed);
});
