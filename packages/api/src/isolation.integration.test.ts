import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestApi, type TestApi } from './testing/test-api.ts';

/*
 * What one user does with another's ids. The keys here are user ids, with the scopes behind a dot; `every-route` walks
 * all that there is with keys as they really are.
 */

let store: TestApi;
let owner: string;
let stranger: string;
let noteId: string;
let relationId: string;
let correlationId: string;
let createdAt: string;
let uploadId: string;
let rerunId: string;
let fileLink: string;

async function call(key: string, method: string, path: string, body?: unknown) {
  const response = await store.api.fetch(
    new Request(`http://synap.test${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  return { status: response.status, text };
}

const inputOf = (input: unknown) => encodeURIComponent(JSON.stringify(input));

beforeAll(async () => {
  store = await openTestApi();
  [owner, stranger] = [await store.addUser(), await store.addUser()];
  const create = async (content: string) =>
    JSON.parse((await call(owner, 'POST', '/api/v1/notes', { content, tags: ['secret-tag'] })).text).entity
      .id as string;
  noteId = await create('The secret of the owner');
  const link = { type: 'relates_to', sourceId: noteId, targetId: await create('Another secret') };
  const [created] = JSON.parse((await call(owner, 'GET', `/api/v1/entities/${noteId}/history`)).text).items;
  correlationId = created.correlationId;
  createdAt = created.timestamp;
  const upload = { name: 'a.md', sizeBytes: 5, checksum: 'a'.repeat(64), attachTo: noteId };
  uploadId = JSON.parse((await call(owner, 'POST', '/api/v1/files/uploads', upload)).text).uploadId;
  fileLink = JSON.parse((await call(owner, 'GET', `/trpc/files.signedUrl?input=${inputOf({ id: noteId })}`)).text)
    .result.data.url;
  rerunId = JSON.parse((await call(owner, 'POST', '/api/v1/reruns', {})).text).rerun.id;
  relationId = JSON.parse((await call(owner, 'POST', '/api/v1/relations', link)).text).relation.id;
});
afterAll(() => store.close());

/** An id that is nobody's. */
const anotherId = (id: string): string => id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));

const routes = (): [string, string, unknown?][] => [
  ['GET', `/api/v1/entities/${noteId}`],
  ['GET', `/api/v1/entities/${noteId}/content`],
  ['PUT', `/api/v1/entities/${noteId}/content`, { content: 'taken over' }],
  ['GET', `/api/v1/entities/${noteId}/file`],
  ['POST', `/api/v1/files?name=mine.txt&attachTo=${noteId}`, 'mine'],
  ['POST', '/api/v1/files/uploads', { name: 'a.md', sizeBytes: 5, checksum: 'a'.repeat(64), attachTo: noteId }],
  ['POST', '/api/v1/files/uploads/complete', { uploadId }],
  ['POST', '/api/v1/pages/from-url', { url: 'https://example.org/', attachTo: noteId }],
  ['PATCH', `/api/v1/entities/${noteId}`, { title: 'taken over' }],
  ['DELETE', `/api/v1/entities/${noteId}`],
  ['POST', `/api/v1/entities/${noteId}/restore`],
  ['POST', `/api/v1/entities/${noteId}/purge`],
  ['POST', `/api/v1/entities/${noteId}/revert`, { toVersion: 1 }],
  ['POST', '/api/v1/undo', { correlationId, force: true }],
  ['GET', `/api/v1/entities/${noteId}?asOf=${encodeURIComponent(createdAt)}`],
  ['GET', `/api/v1/entities/${noteId}/content?version=2`],
  ['GET', `/api/v1/entities/${noteId}/diff?fromVersion=2&toVersion=2`],
  ['GET', `/api/v1/graph?root=${noteId}`],
  ['GET', `/api/v1/entities/${noteId}/history`],
  ['PATCH', `/api/v1/tasks/${noteId}`, { status: 'done' }],
  ['POST', `/api/v1/tasks/${noteId}/complete`],
  ['PUT', `/api/v1/entities/${noteId}/tags/mine`],
  ['DELETE', `/api/v1/entities/${noteId}/tags/secret-tag`],
  ['POST', '/api/v1/relations', { type: 'blocks', sourceId: noteId, targetId: anotherId(noteId) }],
  ['DELETE', `/api/v1/relations/${relationId}`],
  ['GET', `/api/v1/entities/${noteId}/related`],
  ['POST', `/api/v1/entities/${noteId}/merge`, { duplicateId: anotherId(noteId) }],
  ['GET', `/api/v1/search?q=secret&whyNot=${noteId}`],
  ['POST', `/api/v1/suggestions/${v7()}/accept`],
  ['POST', `/api/v1/suggestions/${v7()}/decline`],
  ['GET', `/api/v1/reruns/${rerunId}`],
  ['GET', `/api/v1/reruns/${rerunId}/differences`],
  ['POST', `/api/v1/reruns/${rerunId}/apply`],
];

describe('another user', () => {
  test('finds nothing at any id of the owner, reads nothing of it and changes nothing', async () => {
    const before = await call(owner, 'GET', `/api/v1/entities/${noteId}`);
    for (const [method, path, body] of routes()) {
      const { status, text } = await call(stranger, method, path, body);
      expect({ method, path, status }).toEqual({ method, path, status: 404 });
      expect(text).not.toContain('secret of the owner');
    }
    expect((await call(owner, 'GET', `/api/v1/entities/${noteId}`)).text).toBe(before.text);
  });

  test('replaces no content of the owner with a file, and attaches none with a form', async () => {
    const send = (method: string, path: string, body: string | FormData) => {
      const headers = { authorization: `Bearer ${stranger}` };
      return store.api.fetch(new Request(`http://synap.test${path}`, { method, headers, body }));
    };
    const form = new FormData();
    form.append('file', new File(['mine'], 'mine.txt'));
    form.append('attachTo', noteId);
    expect((await send('PUT', `/api/v1/entities/${noteId}/content?name=a.txt`, 'taken over')).status).toBe(404);
    expect((await send('POST', '/api/v1/files', form)).status).toBe(404);
    expect(JSON.parse((await call(stranger, 'GET', '/api/v1/entities')).text).items).toEqual([]);
  });

  test('neither sees, goes on with nor records an upload that the owner has begun', async () => {
    const tus = (key: string, method: string, path: string, headers: Record<string, string>, body?: string) => {
      const all = { authorization: `Bearer ${key}`, 'tus-resumable': '1.0.0', ...headers };
      const url = `http://synap.test${path}`;
      return store.api.fetch(new Request(url, { method, headers: all, ...(body === undefined ? {} : { body }) }));
    };
    const length = { 'upload-length': '6' };
    const location = (await tus(owner, 'POST', '/api/v1/uploads', length)).headers.get('location') ?? '';
    const piece = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' };
    expect((await tus(stranger, 'HEAD', location, {})).status).toBe(404);
    expect((await tus(stranger, 'PATCH', location, piece, 'stolen')).status).toBe(404);
    expect((await tus(stranger, 'DELETE', location, {})).status).toBe(404);
    expect((await tus(stranger, 'POST', `${location}/complete`, {})).status).toBe(404);
    expect((await tus('nobody', 'PATCH', location, piece, 'stolen')).status).toBe(401);
    expect((await tus(`${owner}.read`, 'PATCH', location, piece, 'stolen')).status).toBe(403);
    const attached = { ...length, 'upload-metadata': `attachTo ${Buffer.from(noteId).toString('base64')}` };
    expect((await tus(stranger, 'POST', '/api/v1/uploads', attached)).status).toBe(404);
    expect((await tus(owner, 'HEAD', location, {})).headers.get('upload-offset')).toBe('0');
  });

  test('makes no link of the owner’s into one of their own', async () => {
    const { pathname, search } = new URL(fileLink);
    expect((await call(stranger, 'GET', `${pathname}${search}`)).status).toBe(200);
    for (const changed of [
      `${pathname.replace(owner, stranger)}${search}`,
      `${pathname}${search.replace('expires=1', 'expires=2')}`,
      `${pathname}${search.replace('inline', 'attachment')}`,
      `${pathname}${search}&more=1`,
      pathname,
    ]) {
      const { status, text } = await call(stranger, 'GET', changed);
      expect({ status, code: JSON.parse(text).code }).toEqual({ status: 403, code: 'forbidden' });
    }
  });

  test('sees nothing of the owner in lists, tags, events or search', async () => {
    for (const path of [
      '/entities',
      `/entities?asOf=${encodeURIComponent(new Date().toISOString())}`,
      '/tags',
      '/events',
      '/history',
      '/search?q=secret',
      '/search?q=secret&mode=text',
      '/search?q=secret&explain=true',
      '/duplicates',
      '/usage',
      '/suggestions',
      '/reruns',
    ]) {
      expect(JSON.parse((await call(stranger, 'GET', `/api/v1${path}`)).text).items).toEqual([]);
    }
  });

  test('is answered nothing from the notes of the owner', async () => {
    for (const accept of ['application/json', 'application/x-ndjson']) {
      const response = await store.api.fetch(
        new Request('http://synap.test/api/v1/ask', {
          method: 'POST',
          headers: { authorization: `Bearer ${stranger}`, 'content-type': 'application/json', accept },
          body: JSON.stringify({ question: 'What is the secret of the owner?' }),
        }),
      );
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text).not.toContain(noteId);
      if (accept === 'application/json') expect(JSON.parse(text)).toMatchObject({ answer: null, citations: [] });
      else
        expect(
          text
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line).type),
        ).toEqual(['searching', 'no-answer']);
    }
  });

  test('cannot merge a thing of the owner into its own', async () => {
    const own = JSON.parse((await call(stranger, 'POST', '/api/v1/notes', { content: 'my own' })).text).entity.id;
    for (const [id, duplicateId] of [
      [own, noteId],
      [noteId, own],
    ]) {
      const { status } = await call(stranger, 'POST', `/api/v1/entities/${id}/merge`, {
        duplicateId,
        content: 'append',
      });
      expect(status).toBe(404);
    }
  });

  test('does not get the answer that the owner got under the same idempotency key', async () => {
    const write = (key: string) =>
      store.api.fetch(
        new Request('http://synap.test/api/v1/notes', {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'shared' },
          body: JSON.stringify({ content: 'the same words' }),
        }),
      );
    const mine = await (await write(owner)).json();
    const theirs = await (await write(stranger)).json();
    expect(theirs).not.toEqual(mine);
  });
});

describe('a key', () => {
  test('that may only read writes nothing, on any route', async () => {
    for (const [method, path, body] of routes().filter(([verb]) => verb !== 'GET')) {
      const { status, text } = await call(`${owner}.read`, method, path, body);
      expect({ method, path, status }).toEqual({ method, path, status: 403 });
      expect(JSON.parse(text).code).toBe('forbidden');
    }
    expect((await call(`${owner}.read`, 'GET', `/api/v1/entities/${noteId}`)).status).toBe(200);
  });

  test('that is none opens no route', async () => {
    for (const [method, path, body] of [...routes(), ['POST', '/api/v1/ask', { question: 'What?' }] as const]) {
      expect((await call('nobody', method, path, body)).status).toBe(401);
    }
  });
});

test.each([
  ['GET', '/api/v1/workflows/runs'],
  ['POST', '/api/v1/workflows/runs/any/retry'],
  ['DELETE', '/api/v1/workflows/runs/any'],
])('%s %s is for the owner of the installation, for it is about the work of all', async (method, path) => {
  expect((await call(owner, method, path)).status).toBe(403);
  expect((await call('nobody', method, path)).status).toBe(401);
  expect((await call(`${owner}.admin`, method, path)).status).toBe(403);
  expect((await call(`${owner}.admin,owner`, method, path)).status).not.toBe(403);
});
