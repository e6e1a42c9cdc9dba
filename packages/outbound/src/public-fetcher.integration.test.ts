import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createGzip, gzipSync } from 'node:zlib';
import { TooLarge, Unavailable, Unprocessable, UnsupportedType, ValidationFailed } from '@synap/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';
import { createPublicFetcher } from './public-fetcher.ts';

/*
 * A real server on this machine. Only under the name `page.test` it may be connected to; under every other name its
 * address is what it is: this machine's own.
 */

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const PAGE = '<!doctype html><title>A page</title>';
const html = { 'content-type': 'text/html; charset=utf-8' };
const paths: Record<string, Handler> = {
  '/': (_request, response) => response.writeHead(200, html).end(PAGE),
  '/host': (request, response) => response.writeHead(200, html).end(request.headers.host),
  '/gzip': (_request, response) => response.writeHead(200, { ...html, 'content-encoding': 'gzip' }).end(gzipSync(PAGE)),
  '/moved': (_request, response) => response.writeHead(302, { location: '/' }).end(),
  '/moved-inside': (request, response) =>
    response.writeHead(302, { location: `http://inside.test:${port(request)}/` }).end(),
  '/moved-to-metadata': (_request, response) =>
    response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
  '/moved-to-file': (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/circle': (_request, response) => response.writeHead(302, { location: '/circle' }).end(),
  '/endless': (_request, response) => pour(response.writeHead(200, html)),
  '/bomb': (_request, response) => {
    const gzip = createGzip();
    gzip.pipe(response.writeHead(200, { ...html, 'content-encoding': 'gzip' }));
    pour(gzip);
  },
  '/silent': () => undefined,
  '/dripping': (_request, response) => {
    response.writeHead(200, html);
    const timer = setInterval(() => response.write('.'), 20);
    response.once('close', () => clearInterval(timer));
  },
  '/broken': (_request, response) => {
    response.writeHead(200, { ...html, 'content-length': '1000' });
    response.write(PAGE, () => response.destroy());
  },
  '/program': (_request, response) => response.writeHead(200, { 'content-type': 'application/x-msdownload' }).end('MZ'),
  '/missing': (_request, response) => response.writeHead(404, html).end(PAGE),
  '/busy': (_request, response) => response.writeHead(503, html).end(PAGE),
};

const port = (request: IncomingMessage) => request.socket.localPort;

function pour(target: NodeJS.WritableStream): void {
  const more = (): void => {
    while (target.writable && target.write('a'.repeat(65_536)));
    if (target.writable) target.once('drain', more);
  };
  target.on('error', () => undefined);
  more();
}

const server = createServer((request, response) => {
  requests.push(request.url ?? '');
  response.on('error', () => undefined);
  paths[request.url ?? '']?.(request, response);
});
const requests: string[] = [];
const resolved: string[] = [];
const fetcher = createPublicFetcher({
  resolve: async (hostname) => {
    resolved.push(hostname);
    return hostname === 'mixed.test' ? [loopback, { address: '93.184.215.14', family: 4 }] : [loopback];
  },
  isPermitted: (address, hostname) => isPublicAddress(address) || hostname === 'page.test',
});
const loopback = { address: '127.0.0.1', family: 4 };
let origin: string;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://page.test:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await fetcher.close();
  server.closeAllConnections();
  server.close();
});

const LIMITS = { maxBytes: 1_000_000, mediaTypes: ['text/html'], timeoutMs: 5000 };
const read = async (url: string, limits = LIMITS) => {
  const { content, ...found } = await fetcher.fetch(url, limits);
  return { ...found, text: (await buffer(content)).toString() };
};

test('a page comes from the address that was checked, under its own name, unpacked, and from where it moved to', async () => {
  expect(await read(`${origin}/`)).toEqual({ url: `${origin}/`, contentType: html['content-type'], text: PAGE });
  resolved.length = 0;
  expect((await read(`${origin}/host`)).text).toBe(new URL(origin).host);
  expect(resolved).toEqual(['page.test']);
  expect((await read(`${origin}/gzip`)).text).toBe(PAGE);
  expect(await read(`${origin}/moved`)).toMatchObject({ url: `${origin}/`, text: PAGE });
});

test('what is not public is never asked, at first hand or by a redirect', async () => {
  const inside = (name: string) => `http://${name}:${new URL(origin).port}/`;
  requests.length = 0;
  await expect(read(inside('inside.test'))).rejects.toThrow(Unprocessable);
  await expect(read(inside('mixed.test'))).rejects.toThrow(Unprocessable);
  await expect(read(inside('127.0.0.1'))).rejects.toThrow(ValidationFailed);
  await expect(read(inside('2130706433'))).rejects.toThrow(ValidationFailed);
  expect(requests).toEqual([]);
  await expect(read(`${origin}/moved-inside`)).rejects.toThrow(Unprocessable);
  await expect(read(`${origin}/moved-to-metadata`)).rejects.toThrow(ValidationFailed);
  await expect(read(`${origin}/moved-to-file`)).rejects.toThrow(ValidationFailed);
  expect(requests).toEqual(['/moved-inside', '/moved-to-metadata', '/moved-to-file']);
  const withoutChoice = createPublicFetcher();
  await expect(withoutChoice.fetch(inside('localhost'), LIMITS)).rejects.toThrow('does not lead to a public address');
  expect(requests).toHaveLength(3);
  await withoutChoice.close();
});

test('redirects end after five', async () => {
  requests.length = 0;
  await expect(read(`${origin}/circle`)).rejects.toThrow(Unprocessable);
  expect(requests).toHaveLength(6);
});

test('no page takes more bytes than allowed, as they come out of compression', async () => {
  await expect(read(`${origin}/endless`)).rejects.toThrow(TooLarge);
  await expect(read(`${origin}/bomb`)).rejects.toThrow(TooLarge);
});

test('no page takes more time than allowed, whether it says nothing or a little all the time', async () => {
  for (const path of ['/silent', '/dripping']) {
    const startedAt = performance.now();
    await expect(read(origin + path, { ...LIMITS, timeoutMs: 300 })).rejects.toThrow('took too long');
    expect(performance.now() - startedAt).toBeLessThan(3000);
  }
});

test('a refusal is for good, a failure for now', async () => {
  await expect(read(`${origin}/program`)).rejects.toThrow(UnsupportedType);
  await expect(read(`${origin}/missing`)).rejects.toThrow(Unprocessable);
  for (const path of ['/busy', '/broken']) await expect(read(origin + path)).rejects.toThrow(Unavailable);
});
