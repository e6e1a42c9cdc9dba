import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Unavailable, Unprocessable, ValidationFailed } from '@synap/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';
import { createPublicPoster } from './public-poster.ts';

/*
 * A real server on this machine, which may be connected to under the name `hook.test` only. `mixed.test` leads to a
 * public address, and inside.
 */

interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const received: Received[] = [];
const server = createServer(async (request, response) => {
  const { url: path = '', headers } = request;
  received.push({ path, headers, body: await text(request) });
  response.on('error', () => undefined);
  if (path === '/moved') response.writeHead(307, { location: `http://inside.test:${port}/` }).end();
  else if (path === '/busy') response.writeHead(503, { 'retry-after': '7' }).end('busy');
  else if (path === '/long') response.writeHead(500).end('x'.repeat(5_000_000));
  else if (path === '/broken') response.destroy();
  else if (path === '/dripping') {
    response.writeHead(200);
    const timer = setInterval(() => response.write('.'), 20);
    response.once('close', () => clearInterval(timer));
  } else if (path !== '/silent') response.writeHead(200).end('taken');
});
let port: number;
const poster = createPublicPoster({
  resolve: async (hostname) => [
    ...(hostname === 'mixed.test' ? [{ address: '93.184.215.14', family: 4 }] : []),
    { address: '127.0.0.1', family: 4 },
  ],
  isPermitted: (address, hostname) => isPublicAddress(address) || hostname === 'hook.test',
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  await poster.close();
  server.closeAllConnections();
  server.close();
});

const POST = { headers: { 'x-mine': 'yes' }, body: '{"a":1}', timeoutMs: 5000, answerMaxBytes: 100 };
const hook = (path: string) => `http://hook.test:${port}${path}`;

test('a post arrives as it was sent, and its answer is told by its status and its beginning', async () => {
  received.length = 0;
  const { status, start } = await poster.post(hook('/'), POST);
  expect({ status, start: Buffer.from(start).toString() }).toEqual({ status: 200, start: 'taken' });
  expect(received).toMatchObject([
    { path: '/', body: POST.body, headers: { 'x-mine': 'yes', host: `hook.test:${port}` } },
  ]);
  const busy = await poster.post(hook('/busy'), POST);
  expect([busy.status, busy.headers['retry-after']]).toEqual([503, '7']);
  const long = await poster.post(hook('/long'), POST);
  expect([long.status, long.start.byteLength]).toEqual([500, 100]);
});

test('nothing is sent to what is not public, and no redirect is followed', async () => {
  received.length = 0;
  for (const host of ['inside.test', 'mixed.test']) {
    await expect(poster.post(`http://${host}:${port}/`, POST)).rejects.toThrow(Unprocessable);
  }
  for (const host of ['127.0.0.1', '2130706433', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', '10.0.0.1']) {
    await expect(poster.post(`http://${host}:${port}/`, POST)).rejects.toThrow(ValidationFailed);
  }
  expect(received).toEqual([]);
  expect((await poster.post(hook('/moved'), POST)).status).toBe(307);
  expect(received).toHaveLength(1);
  const withoutChoice = createPublicPoster();
  await expect(withoutChoice.post(`http://localhost:${port}/`, POST)).rejects.toThrow('does not lead to a public');
  expect(received).toHaveLength(1);
  await withoutChoice.close();
});

test('no answer in time is a failure, whether nothing comes or a little all the time; so is a connection that breaks', async () => {
  for (const path of ['/silent', '/dripping']) {
    await expect(poster.post(hook(path), { ...POST, timeoutMs: 300 })).rejects.toThrow('took too long');
  }
  await expect(poster.post(hook('/broken'), POST)).rejects.toThrow(Unavailable);
  const stopped = AbortSignal.abort(new Error('the server stops'));
  await expect(poster.post(hook('/'), { ...POST, signal: stopped })).rejects.toThrow('the server stops');
});
