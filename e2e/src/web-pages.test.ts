import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPublicFetcher, isPublicAddress } from '@synap/outbound';
import { type Application, createLogger, readConfiguration, startApplication } from '@synap/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { runSynap } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

/*
 * Pages by their addresses, from a real server on this machine. Synap runs in this process with a fetcher that may
 * connect to it under one name; the command line at the end has none, as everybody's.
 */

const SENTENCES =
  'The grey heron stands in shallow water and waits for the fish to come near, as long as it takes. '.repeat(6);
const ARTICLE = `<!doctype html><html><head><meta charset="iso-8859-1"><title>Grey herons</title></head><body>
  <nav>Shop</nav><article><p>${SENTENCES}</p><p>Its nest is called a <a href="/heronry">Reiherhütte</a>. ${SENTENCES}</p></article>
  </body></html>`;

let web: Server;
let application: Application;
let directory: string;
let port: number;

beforeAll(async () => {
  let attempts = 0;
  web = createServer(({ url }, response) => {
    if (url === '/old') response.writeHead(301, { location: '/heron' }).end();
    else if (url === '/heron')
      response.writeHead(200, { 'content-type': 'text/html' }).end(Buffer.from(ARTICLE, 'latin1'));
    else if (url === '/list.txt') response.writeHead(200, { 'content-type': 'text/plain' }).end('kingfisher, bittern');
    else if (url === '/shaky') {
      attempts += 1;
      if (attempts < 2) response.writeHead(503).end();
      else response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Open after all');
    } else if (url === '/endless') {
      response.writeHead(200, { 'content-type': 'text/html' });
      const more = (): void => {
        while (response.writable && response.write('<p>more</p>'.repeat(10_000)));
        response.once('drain', more);
      };
      response.on('error', () => undefined);
      more();
    } else response.writeHead(404).end();
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  ({ port } = web.address() as AddressInfo);
  directory = await newDataDirectory();
  const configuration = readConfiguration({ SYNAP_DATA_DIR: directory, SYNAP_FILE_LIMITS: 'html=1MB,pdf=1MB' });
  const publicFetcher = createPublicFetcher({
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    isPermitted: (address, hostname) => isPublicAddress(address) || hostname === 'birds.test',
  });
  application = await startApplication(configuration, createLogger({ level: 'silent', isTerminal: false }), {
    publicFetcher,
  });
});
afterAll(async () => {
  await application?.close();
  web?.closeAllConnections();
  web?.close();
});

async function call(method: string, path: string, body?: unknown) {
  const response = await application.fetch(
    new Request(`http://synap.test${path}`, {
      method,
      headers: { authorization: `Bearer ${application.directory.ownerKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, text, body: isJson ? JSON.parse(text) : null };
}

const birds = (path: string) => `http://birds.test:${port}${path}`;
const keep = (url: string, more: object = {}) => call('POST', '/api/v1/pages/from-url', { url, ...more });
type HistoryEvent = { type: string; version: number; data: Record<string, unknown>; contentUrl: string };

/** What happened to a page, once it is known what became of it. */
const history = (id: string): Promise<HistoryEvent[]> =>
  eventually(
    async () => (await call('GET', `/api/v1/entities/${id}/history`)).body.items,
    (events: HistoryEvent[]) => events.some(({ type }) => ['page.fetched', 'page.fetch_failed'].includes(type)),
    { timeoutMs: 30_000 },
  );

test('a page is kept by its address: as it reads and as it came, found by its text, with where it is from', async () => {
  const kept = await keep(birds('/old'), { tags: ['birds'] });
  expect(kept).toMatchObject({ status: 201, body: { entity: { type: 'page', title: `birds.test:${port}/old` } } });
  const { id } = kept.body.entity;
  const events = await history(id);
  const [fetched] = events.filter(({ type }) => type === 'page.fetched');
  expect(fetched?.data).toMatchObject({ url: birds('/old'), finalUrl: birds('/heron') });
  const { body } = await call('GET', `/api/v1/entities/${id}`);
  expect(body.entity).toMatchObject({ title: 'Grey herons', type: 'page', fileType: 'markdown', tags: ['birds'] });
  const { text } = await call('GET', `/api/v1/entities/${id}/content`);
  expect(text).toContain(`Its nest is called a [Reiherhütte](${birds('/heronry')}).`);
  expect(text).toContain(`<${birds('/heron')}>`);
  expect(text).not.toContain('Shop');
  const revisions = events.filter(({ type }) => type === 'entity.file_uploaded').map(({ contentUrl }) => contentUrl);
  expect(revisions).toHaveLength(3);
  expect((await call('GET', revisions[1] ?? '')).text).toContain('<nav>Shop</nav>');
  await application.idle();
  const found = await call('GET', '/api/v1/search?q=Reiherh%C3%BCtte');
  expect(found.body.items[0].entity.id).toBe(id);
  // All of it is one request's work, and is taken back as one.
  const { correlationId } = (await call('GET', `/api/v1/entities/${id}/history`)).body.items[0];
  expect((await call('POST', '/api/v1/undo', { correlationId })).status).toBe(200);
  expect((await call('GET', `/api/v1/entities/${id}`)).body.entity.deletedAt).not.toBeNull();
});

test('what is no article is kept as it came, and a title that a person gave stays', async () => {
  const { body } = await keep(birds('/list.txt'), { title: 'My birds' });
  await history(body.entity.id);
  const { entity } = (await call('GET', `/api/v1/entities/${body.entity.id}`)).body;
  expect(entity).toMatchObject({ title: 'My birds', fileType: 'text', preview: 'kingfisher, bittern' });
});

test('a page that fails for now is asked for again; one that is endless, missing or inside is given up with a reason', async () => {
  const shaky = await keep(birds('/shaky'));
  expect((await history(shaky.body.entity.id)).at(-1)).toMatchObject({ type: 'page.fetched' });
  for (const [url, reason] of [
    [birds('/endless'), 'larger than the limit'],
    [birds('/missing'), 'answered with 404'],
    [`http://inside.test:${port}/heron`, 'does not lead to a public address'],
  ]) {
    const { id } = (await keep(url ?? '')).body.entity;
    const last = (await history(id)).at(-1);
    expect(last).toMatchObject({
      type: 'page.fetch_failed',
      data: { url, reason: expect.stringContaining(reason ?? '') },
    });
    const { items } = (await call('GET', '/api/v1/workflows/runs?status=failed')).body;
    expect(items[0]).toMatchObject({ workflowId: 'fetch-page', error: expect.stringContaining(reason ?? '') });
    // Its address is kept, and can be found.
    expect((await call('GET', `/api/v1/entities/${id}/content`)).text).toBe(`<${url}>\n`);
  }
  for (const url of ['file:///etc/passwd', `http://127.0.0.1:${port}/`, 'http://169.254.169.254/', 'heron']) {
    expect(await keep(url)).toMatchObject({ status: 400, body: { fields: [{ field: 'url' }] } });
  }
});

test('the command line keeps pages, and says why not', { timeout: 60_000 }, async () => {
  await application.close();
  const { exitCode, stdout } = await runSynap(directory, ['add', `http://localhost:${port}/heron`, '--json']);
  expect(exitCode).toBe(1);
  const { added, failed } = JSON.parse(stdout);
  expect(added).toEqual([]);
  expect(failed[0]).toMatchObject({ error: expect.stringContaining('does not lead to a public address') });
});
