import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/test-api.ts';

let store: TestApi;
beforeAll(async () => {
  store = await openTestApi({ protection: { publicOrigin: 'https://synap.example', trustedOrigins: [] } });
});
afterAll(() => store.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  store.api.fetch(new Request(new URL(path, 'https://synap.example/'), { headers }));

test('the document is there for whoever asks, names the server, and is not sent twice', async () => {
  const response = await get('/api/openapi.json');
  expect(response.headers.get('content-type')).toContain('application/json');
  const document = (await response.json()) as { openapi: string; servers: { url: string }[] };
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(document.servers.map(({ url }) => url)).toEqual(['https://synap.example']);
  const etag = response.headers.get('etag') ?? '';
  expect((await get('/api/openapi.json', { 'if-none-match': etag })).status).toBe(304);
});

test('the page for people has all that it needs from here, and lets nobody else run anything in it', async () => {
  const page = await get('/api/docs');
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'self'");
  expect(policy).toContain("connect-src 'self'");
  const html = await page.text();
  expect(html).not.toMatch(/https?:|\/\//);
  const needed = [...html.matchAll(/(?:href|src)="(docs\/[^"]+)"/g)].map(([, path]) => `/api/${path}`);
  expect(needed).toEqual(['/api/docs/swagger-ui.css', '/api/docs/swagger-ui-bundle.js', '/api/docs/start.js']);
  for (const path of needed) {
    const asset = await get(path);
    expect({ path, status: asset.status }).toEqual({ path, status: 200 });
    expect(asset.headers.get('content-type')).toMatch(path.endsWith('.css') ? /^text\/css/ : /^text\/javascript/);
    expect((await asset.text()).length).toBeGreaterThan(100);
  }
  const start = await (await get('/api/docs/start.js')).text();
  expect(start).toContain('validatorUrl: null');
  expect(start).not.toMatch(/https?:/);
  const compressed = await get('/api/docs/swagger-ui-bundle.js', { 'accept-encoding': 'gzip' });
  expect(compressed.headers.get('content-encoding')).toBe('gzip');
  expect((await get('/api/docs/package.json')).status).toBe(404);
  expect((await get('/api/docs/constructor')).status).toBe(404);
});
