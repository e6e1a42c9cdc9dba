import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { clientAddress } from './client-address.ts';

const from = (forwarded: string | undefined, proxies: number) =>
  clientAddress(
    {
      socket: { remoteAddress: '10.0.0.1' } as Socket,
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    },
    { proxies },
  );

test('what a client says of its address counts for nothing where no proxy is configured', () => {
  expect(from('1.2.3.4', 0)).toBe('10.0.0.1');
});

test('behind proxies, the outermost of them says it, and what a client wrote before that counts for nothing', () => {
  expect(from('6.6.6.6, 203.0.113.9', 1)).toBe('203.0.113.9');
  expect(from('6.6.6.6, 203.0.113.9, 10.0.0.2', 2)).toBe('203.0.113.9');
});

test('a proxy that says nothing is itself the client', () => {
  expect(from(undefined, 1)).toBe('10.0.0.1');
});
