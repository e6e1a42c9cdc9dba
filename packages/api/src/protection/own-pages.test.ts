import { Forbidden } from '@synap/domain';
import { describe, expect, test } from 'vitest';
import { refuseForeignPages } from './own-pages.ts';

const own = { publicOrigin: 'https://notes.example', trustedOrigins: ['https://app.example'] };

const sent = (headers: Record<string, string>, { url = 'http://127.0.0.1:4000/api/v1/notes', method = 'POST' } = {}) =>
  refuseForeignPages(new Request(url, { method, headers }), own);

describe('a page', () => {
  test.each([
    ['this server at its address', { origin: 'http://127.0.0.1:4000' }],
    ['this server under its configured name', { origin: 'https://notes.example' }],
    ['an origin that is trusted', { origin: 'https://app.example' }],
    ['no browser at all', {}],
    ['a browser’s address bar', { 'sec-fetch-site': 'none' }],
  ] as const)('of %s may change something', (_, headers) => {
    expect(() => sent(headers)).not.toThrow();
  });

  test.each([
    ['another site', { origin: 'https://evil.example' }],
    ['no origin that can be told', { origin: 'null' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:5000' }],
    ['a neighbour whose browser names no origin', { 'sec-fetch-site': 'same-site' }],
    ['a site whose browser names no origin', { 'sec-fetch-site': 'cross-site' }],
  ])('of %s may not', (_, headers) => {
    expect(() => sent(headers)).toThrow(Forbidden);
  });

  test('whose name was made to point here is not this server’s', () => {
    const headers = { origin: 'http://rebound.example:4000', 'sec-fetch-site': 'same-origin' };
    expect(() => sent(headers, { url: 'http://rebound.example:4000/api/auth/sign-up/email' })).toThrow(Forbidden);
  });

  test('of any origin may ask for what changes nothing, for it cannot read the answer', () => {
    expect(() => sent({ origin: 'https://evil.example' }, { method: 'GET' })).not.toThrow();
  });
});
