import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createSynap } from './create-synap.ts';
import * as notes from './generated/notes.ts';
import { ProblemError } from './problem-error.ts';
import { backoffMs, DEFAULT_RETRIES, retryAfterMs } from './retrying-fetch.ts';

type Said = { status: number; headers?: Record<string, string>; body?: object };

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that says these things, one after the other, and then that all is well. */
async function serverThatSays(answers: Said[]) {
  const heard: { headers: IncomingHttpHeaders; at: number }[] = [];
  const listening = createServer((request, response) => {
    heard.push({ headers: request.headers, at: performance.now() });
    const { status, headers = {}, body = {} } = answers.shift() ?? { status: 201, body: { entity: { id: 'made' } } };
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    });
  });
  server = listening;
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const retries = { attempts: 3, firstDelayMs: 5, patienceMs: 5_000 };
  return { heard, synap: createSynap({ url: `http://127.0.0.1:${port}/`, apiKey: 'synap_x', retries }) };
}

test('a limit is waited for as long as it asks, with the same idempotency key on each try', async () => {
  const { heard, synap } = await serverThatSays([{ status: 429, headers: { 'retry-after': '1' } }, { status: 503 }]);
  const { entity } = await notes.create(synap, { content: 'x' }, { correlationId: 'the-run' });
  expect(entity).toMatchObject({ id: 'made' });
  expect(new Set(heard.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  expect(heard[0]?.headers).toMatchObject({ authorization: 'Bearer synap_x', 'x-correlation-id': 'the-run' });
  const [first, second, third] = heard.map(({ at }) => at);
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(950);
  expect((third ?? 0) - (second ?? 0)).toBeLessThan(500);
  await notes.create(synap, { content: 'y' });
  expect(new Set(heard.map(({ headers }) => headers['idempotency-key'])).size).toBe(2);
});

test('a key of the caller is sent as it is', async () => {
  const { heard, synap } = await serverThatSays([{ status: 502 }]);
  await notes.create(synap, { content: 'x' }, { idempotencyKey: 'mine' });
  expect(heard.map(({ headers }) => headers['idempotency-key'])).toEqual(['mine', 'mine']);
});

test('what would be refused again is not repeated', async () => {
  const problem = { type: 'about:blank', title: 'No', status: 422, detail: 'It cannot be.', code: 'unprocessable' };
  const headers = { 'content-type': 'application/problem+json' };
  const { heard, synap } = await serverThatSays([{ status: 422, headers, body: problem }]);
  await expect(notes.create(synap, { content: 'x' })).rejects.toMatchObject({ code: 'unprocessable', problem });
  expect(heard).toHaveLength(1);
});

test('what is asked for longer than there is patience, and what never works, is told', async () => {
  const impatient = await serverThatSays([{ status: 429, headers: { 'retry-after': '3600' } }]);
  await expect(notes.create(impatient.synap, { content: 'x' })).rejects.toMatchObject({ status: 429 });
  expect(impatient.heard).toHaveLength(1);
  server?.close();
  const broken = await serverThatSays([{ status: 503 }, { status: 503 }, { status: 503 }, { status: 503 }]);
  const failed = await notes.create(broken.synap, { content: 'x' }).catch((error: unknown) => error);
  // A proxy's answer is no problem document, and is told as one all the same.
  expect(failed).toBeInstanceOf(ProblemError);
  expect(failed).toMatchObject({ status: 503, code: 'internal' });
  expect(broken.heard).toHaveLength(3);
});

test('Retry-After is seconds or an instant', () => {
  const after = (value: string) => retryAfterMs(new Response(null, { headers: { 'retry-after': value } }));
  expect(after('12')).toBe(12_000);
  expect(after(new Date(Date.now() + 60_000).toUTCString())).toBeGreaterThan(50_000);
  expect(after('Thu, 01 Jan 1970 00:00:00 GMT')).toBe(0);
  expect(after('soon')).toBeNull();
  expect(retryAfterMs(new Response(null))).toBeNull();
});

test('each wait is longer than the one before, within bounds', () => {
  for (let attempt = 1; attempt < 40; attempt += 1) {
    const delay = backoffMs(attempt, DEFAULT_RETRIES);
    const full = Math.min(10_000, 250 * 2 ** (attempt - 1));
    expect(delay).toBeGreaterThanOrEqual(full / 2);
    expect(delay).toBeLessThanOrEqual(full);
  }
});
