import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '@synap/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

const NOBODYS_ID = '01890000-0000-7000-8000-000000000000';
const MEGABYTE = 1024 * 1024;

let server: ServerProcess;
let directory: string;

beforeAll(async () => {
  directory = await newDataDirectory();
  server = await startServer(directory);
});
afterAll(() => server.stop());

/** Everything that is kept: events, rows and files. */
async function everything() {
  const events = await server.call('GET', '/api/v1/events?limit=200');
  const entities = await server.call('GET', '/api/v1/entities?limit=200');
  const files = await readdir(join(directory, 'files'), { recursive: true, withFileTypes: true });
  return {
    events: events.body.items.length,
    entities: entities.body.items.length,
    files: files.filter((entry) => entry.isFile()).length,
  };
}

describe('a request that cannot be carried out gets the right code and leaves nothing behind', () => {
  const jsonBody = (value: unknown) => JSON.stringify(value);
  const cases: {
    what: string;
    method?: string;
    path?: string;
    body?: string | Uint8Array;
    headers?: Record<string, string>;
    status: number;
    code: string;
    field?: string;
  }[] = [
    {
      what: 'empty content',
      body: jsonBody({ content: '' }),
      status: 400,
      code: 'validation_failed',
      field: 'content',
    },
    {
      what: 'white space',
      body: jsonBody({ content: ' \n\t ' }),
      status: 400,
      code: 'validation_failed',
      field: 'content',
    },
    { what: 'no content', body: jsonBody({ title: 'x' }), status: 400, code: 'validation_failed', field: 'content' },
    { what: '20 MB', body: jsonBody({ content: 'a'.repeat(20 * MEGABYTE) }), status: 413, code: 'too_large' },
    {
      what: 'a body beyond the limit',
      body: jsonBody({ content: 'a'.repeat(30 * MEGABYTE) }),
      status: 413,
      code: 'too_large',
    },
    {
      what: 'binary content',
      body: jsonBody({ content: 'GIF89a\u0000\u0001' }),
      status: 415,
      code: 'unsupported_type',
    },
    {
      what: 'half a surrogate pair',
      body: '{"content":"a\\ud800"}',
      status: 400,
      code: 'validation_failed',
      field: 'content',
    },
    {
      what: 'invalid UTF-8',
      body: Buffer.concat([Buffer.from('{"content":"caf'), Buffer.from([0xe9]), Buffer.from('"}')]),
      status: 400,
      code: 'validation_failed',
      field: 'body',
    },
    { what: 'no JSON', body: '{"content":', status: 400, code: 'validation_failed', field: 'body' },
    { what: 'a JSON list', body: '["content"]', status: 400, code: 'validation_failed', field: 'body' },
    {
      what: 'a title of 10,000 characters',
      body: jsonBody({ content: 'x', title: 'a'.repeat(10_000) }),
      status: 400,
      code: 'validation_failed',
      field: 'title',
    },
    {
      what: 'a field that is not known',
      body: jsonBody({ content: 'x', tittle: 'y' }),
      status: 400,
      code: 'validation_failed',
      field: 'tittle',
    },
    {
      what: 'an unknown type',
      method: 'GET',
      path: '/api/v1/entities?type=banana',
      status: 400,
      code: 'validation_failed',
      field: 'type',
    },
    {
      what: 'a time travel into the future',
      method: 'GET',
      path: '/api/v1/entities?asOf=2093-01-01T00:00:00Z',
      status: 400,
      code: 'validation_failed',
      field: 'asOf',
    },
    {
      what: 'a time travel to no instant',
      method: 'GET',
      path: '/api/v1/entities?asOf=yesterday',
      status: 400,
      code: 'validation_failed',
      field: 'asOf',
    },
    {
      what: 'a time travel where there is none',
      method: 'GET',
      path: '/api/v1/tags?asOf=2026-01-01T00:00:00Z',
      status: 400,
      code: 'validation_failed',
      field: 'asOf',
    },
    {
      what: 'an id that is no UUID',
      method: 'GET',
      path: '/api/v1/entities/7',
      status: 400,
      code: 'validation_failed',
      field: 'id',
    },
    {
      what: 'an id that nobody has',
      method: 'GET',
      path: `/api/v1/entities/${NOBODYS_ID}`,
      status: 404,
      code: 'not_found',
    },
    {
      what: 'content of an id that nobody has',
      method: 'GET',
      path: `/api/v1/entities/${NOBODYS_ID}/content`,
      status: 404,
      code: 'not_found',
    },
    {
      what: 'a foreign cursor',
      method: 'GET',
      path: '/api/v1/entities?cursor=abc',
      status: 400,
      code: 'validation_failed',
      field: 'cursor',
    },
    {
      what: 'a list of more than 200',
      method: 'GET',
      path: '/api/v1/entities?limit=201',
      status: 400,
      code: 'validation_failed',
      field: 'limit',
    },
    {
      what: 'an empty query',
      method: 'GET',
      path: '/api/v1/search?q=%20',
      status: 400,
      code: 'validation_failed',
      field: 'q',
    },
    {
      what: 'an unknown timezone',
      path: '/api/v1/capture',
      body: jsonBody({ content: 'x', timezone: 'Mars/Olympus' }),
      status: 400,
      code: 'validation_failed',
      field: 'timezone',
    },
    {
      what: 'a garbled idempotency key',
      body: jsonBody({ content: 'x' }),
      headers: { 'idempotency-key': 'a b' },
      status: 400,
      code: 'validation_failed',
      field: 'Idempotency-Key',
    },
    {
      what: 'no key',
      body: jsonBody({ content: 'x' }),
      headers: { authorization: '' },
      status: 401,
      code: 'unauthenticated',
    },
    {
      what: 'a wrong key',
      body: jsonBody({ content: 'x' }),
      headers: { authorization: 'Bearer synap_wrong' },
      status: 401,
      code: 'unauthenticated',
    },
    { what: 'a path that is not there', method: 'GET', path: '/api/v1/banana', status: 404, code: 'not_found' },
  ];

  test.each(cases)(
    '$what → $status $code',
    async ({ method = 'POST', path = '/api/v1/notes', body, headers = {}, status, code, field }) => {
      const before = await everything();
      const response = await server.fetch(path, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: Buffer.from(body) }),
      });
      const problem = (await response.json()) as Problem;
      expect({ status: response.status, code: problem.code }).toEqual({ status, code });
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(problem.detail.length).toBeGreaterThan(5);
      if (field !== undefined) expect(problem.fields?.[0]?.field).toBe(field);
      expect(await everything()).toEqual(before);
    },
  );
});

test('a wrong version is a conflict that carries the present one, and changes nothing', async () => {
  const { body } = await server.call('POST', '/api/v1/notes', { content: 'Version me' });
  const { id, version } = body.entity;
  const conflict = await server.call('PATCH', `/api/v1/entities/${id}`, {
    title: 'Never',
    expectedVersion: version - 1,
  });
  expect(conflict).toMatchObject({ status: 409, body: { code: 'version_conflict', currentVersion: version } });
  const byHeader = await server.call(
    'PATCH',
    `/api/v1/entities/${id}`,
    { title: 'Never' },
    { 'if-match': `"${version + 5}"` },
  );
  expect(byHeader).toMatchObject({ status: 409, body: { code: 'version_conflict', currentVersion: version } });
  const after = await server.call('GET', `/api/v1/entities/${id}`);
  expect(after.body.entity).toMatchObject({ title: 'Version me', version });
});

test('content that changed since it was read is not overwritten', async () => {
  const { body } = await server.call('POST', '/api/v1/notes', { content: 'first' });
  const path = `/api/v1/entities/${body.entity.id}/content`;
  const put = (content: string, etag: string) =>
    server.fetch(path, {
      method: 'PUT',
      body: content,
      headers: { 'content-type': 'text/markdown', 'if-match': etag },
    });
  const etag = (await server.fetch(path)).headers.get('etag') ?? '';
  expect((await put('second', etag)).status).toBe(200);
  const lost = await put('third', etag);
  expect({ status: lost.status, code: ((await lost.json()) as Problem).code }).toEqual({
    status: 412,
    code: 'precondition_failed',
  });
  expect(await (await server.fetch(path)).text()).toBe('second');
});

test('a file that vanished from the disk is named as a loss, and everything else goes on', async () => {
  const { body } = await server.call('POST', '/api/v1/notes', { content: 'I will vanish', title: 'Ghost' });
  const { id } = body.entity;
  await rm(join(directory, 'files', 'users'), { recursive: true });
  const content = await server.call('GET', `/api/v1/entities/${id}/content`);
  expect(content).toMatchObject({ status: 503, body: { code: 'unavailable', dependency: 'storage' } });
  expect((await server.call('GET', `/api/v1/entities/${id}`)).body.entity.title).toBe('Ghost');
  expect((await server.call('GET', '/api/v1/search?q=vanish')).status).toBe(200);
  expect((await server.call('POST', '/api/v1/notes', { content: 'Life goes on' })).status).toBe(201);
});
