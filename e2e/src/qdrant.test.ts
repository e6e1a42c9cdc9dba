import { type QdrantStandIn, startQdrantStandIn } from '@synap/search/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

/*
 * A server whose vectors are in Qdrant. Qdrant is a stand-in that holds to its published API; how Qdrant itself searches
 * it does not show.
 */

const API_KEY = 'a key for tests';
let qdrant: QdrantStandIn;
let server: ServerProcess;
let keptBefore: string;

beforeAll(async () => {
  qdrant = await startQdrantStandIn({ apiKey: API_KEY });
  const directory = await newDataDirectory();
  const before = await startServer(directory, { LOG_LEVEL: 'error' });
  keptBefore = (await before.call('POST', '/api/v1/notes', { content: 'The boiler was serviced in spring.' })).body
    .entity.id;
  await eventually(
    () => meaning(before, 'central heating'),
    (ids) => ids.includes(keptBefore),
  );
  await before.stop();
  server = await startServer(directory, { QDRANT_URL: qdrant.url, QDRANT_API_KEY: API_KEY, LOG_LEVEL: 'error' });
});
afterAll(async () => {
  await server?.stop();
  await qdrant?.close();
});

/** The ids of what is found by meaning alone. */
async function meaning(of: ServerProcess, query: string): Promise<string[]> {
  const { body } = await of.call('GET', `/api/v1/search?mode=semantic&q=${encodeURIComponent(query)}`);
  return body.items.map(({ entity }: { entity: { id: string } }) => entity.id);
}

test('what was kept before is moved there while it answers, and what is new is found beside it', async () => {
  expect(await meaning(server, 'central heating')).toContain(keptBefore);
  await eventually(
    async () => (await server.call('GET', '/api/v1/search/status')).body,
    ({ items }) => items.length === 1 && qdrant.points() > 0,
  );
  const { body } = await server.call('POST', '/api/v1/notes', { content: 'A recipe for lentil soup with cumin.' });
  await eventually(
    () => meaning(server, 'what to cook for dinner'),
    (ids) => ids.includes(body.entity.id),
  );
  expect(await meaning(server, 'central heating')).toContain(keptBefore);
  const { body: health } = await server.call('GET', '/health/ready');
  expect(health.dependencies.search).toMatchObject({ status: 'ok', detail: expect.stringContaining('Qdrant') });
});

test('what is purged, and then the account, is gone there too', async () => {
  const { status } = await server.call('DELETE', `/api/v1/entities/${keptBefore}`);
  expect(status).toBe(200);
  expect((await server.call('POST', `/api/v1/entities/${keptBefore}/purge`)).status).toBe(200);
  expect(qdrant.points()).toBe(1);
  const { body: receipt } = await server.call('DELETE', '/api/v1/account');
  expect(receipt.stores).toContainEqual({ store: 'vectors', removed: 1 });
  expect(qdrant.points()).toBe(0);
});
