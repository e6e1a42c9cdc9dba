import { expect, test } from 'vitest';
import { isReachedByOthers, reachableOrigin } from './reach.ts';

test.each([
  ['127.0.0.1', null, false],
  ['::1', null, false],
  ['localhost', 'http://localhost:4000', false],
  ['0.0.0.0', null, true],
  ['192.168.1.5', null, true],
  ['127.evil.example', null, true],
  ['127.0.0.1', 'https://notes.example', true],
])('a server at %s, said to be at %s, is reached by others: %s', (host, publicOrigin, expected) => {
  expect(isReachedByOthers({ host, publicOrigin })).toBe(expected);
});

test('a link leads to an address that can be gone to', () => {
  expect(reachableOrigin('http://0.0.0.0:4000')).toBe('http://localhost:4000');
  expect(reachableOrigin('http://[::]:4000')).toBe('http://localhost:4000');
  expect(reachableOrigin('http://192.168.1.5:4000')).toBe('http://192.168.1.5:4000');
});
