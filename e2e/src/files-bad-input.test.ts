import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { aDocx, sampleMedia } from '@synap/ai/testing';
import type { Problem } from '@synap/api';
import { createHmacLinks } from '@synap/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { aFilm, sha256, uploadBody, uploadForm } from './testing/files.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

const NOBODYS_ID = '01890000-0000-7000-8000-000000000000';

let server: ServerProcess;
let directory: string;
beforeAll(async () => {
  directory = await newDataDirectory();
  server = await startServer(directory);
});
afterAll(() => server.stop());

/** Everything that is kept: events, rows and files, drafts and spooled uploads included. */
async function everything() {
  const events = await server.call('GET', '/api/v1/events?limit=200');
  const entities = await server.call('GET', '/api/v1/entities?limit=200');
  const files = await Promise.all(
    ['files', 'uploads'].map((name) =>
      readdir(join(directory, name), { recursive: true, withFileTypes: true }).catch(() => []),
    ),
  );
  return {
    events: events.body.items.length,
    entities: entities.body.items.length,
    files: files.flat().filter((entry) => entry.isFile()).length,
  };
}

test.each([
  ['../../etc/passwd.mp4', 'passwd.mp4'],
  ['C:\\Users\\ada\\film.mp4', 'film.mp4'],
  ['nul\0byte.mp4', 'nulbyte.mp4'],
  ['CON.mp4', '_CON.mp4'],
  ['.hidden.mp4', 'hidden.mp4'],
  ['ab:c*d?.mp4', 'ab_c_d_.mp4'],
  ['👩‍👩‍👧‍👦 family.mp4', '👩‍👩‍👧‍👦 family.mp4'],
  [`${'long'.repeat(75)}.mp4`, `${'long'.repeat(29)}.mp4`],
  ['right‮4pm.exe', 'right4pm.exe'],
  ['/', 'video.mp4'],
])('a file that is called %j becomes %j, and lies nowhere but where files lie', async (name, title) => {
  const { status, body } = await uploadBody(server, aFilm(1_000), { query: `?name=${encodeURIComponent(name)}` });
  expect({ status, title: body.entity?.title }).toEqual({ status: 201, title });
  const { headers } = await server.fetch(body.fileUrl);
  expect(headers.get('content-disposition')).toMatch(/^inline; filename[*]?=[\x20-\x7e]+$/);
  const [created] = (await server.call('GET', `/api/v1/entities/${body.entity.id}/history`)).body.items.slice(1);
  expect(created.data.filePath).toMatch(/^users\/[\da-f-]{36}\/attachments\/[\da-f-]{36}\/[\da-f]{32}\.mp4$/);
});

describe('a file that cannot be kept is refused with the right code and leaves nothing behind', () => {
  const bomb = aDocx({ entries: { 'word/document.xml': new Uint8Array(30_000_000) } });
  const film = aFilm(100_000);
  const cases: {
    what: string;
    content?: Uint8Array;
    name?: string;
    type?: string;
    fields?: Record<string, string>;
    status: number;
    code: string;
    field?: string;
  }[] = [
    { what: 'of zero bytes', content: Buffer.alloc(0), status: 415, code: 'unsupported_type' },
    { what: 'a zip bomb', content: bomb, name: 'bomb.docx', status: 422, code: 'unprocessable' },
    {
      what: 'a program that says it is a picture',
      content: Buffer.from('MZ\u0090\0\u0003\0\0\0', 'latin1'),
      name: 'a.png',
      type: 'image/png',
      status: 415,
      code: 'unsupported_type',
    },
    { what: 'blank Markdown', content: Buffer.from(' \n'), name: 'a.md', status: 400, code: 'validation_failed' },
    {
      what: 'longer than a text may be',
      content: Buffer.alloc(11 * 1024 * 1024, 'a'),
      name: 'a.txt',
      status: 413,
      code: 'too_large',
    },
    {
      what: 'with another checksum',
      fields: { checksum: 'a'.repeat(64) },
      status: 400,
      code: 'validation_failed',
      field: 'checksum',
    },
    {
      what: 'with no checksum',
      fields: { checksum: 'abc' },
      status: 400,
      code: 'validation_failed',
      field: 'checksum',
    },
    { what: 'of an unknown type', fields: { type: 'banana' }, status: 400, code: 'validation_failed', field: 'type' },
    {
      what: 'with an unknown field',
      fields: { colour: 'red' },
      status: 400,
      code: 'validation_failed',
      field: 'colour',
    },
    { what: 'attached to nothing', fields: { attachTo: NOBODYS_ID }, status: 404, code: 'not_found' },
  ];
  test.each(cases)(
    '$what → $status $code',
    async ({ content = film, name = 'film.mp4', type, fields, status, code, field }) => {
      const before = await everything();
      const file = { content, name, ...(type === undefined ? {} : { type }) };
      const answer = await uploadForm(server, file, fields === undefined ? {} : { fields });
      expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
      if (field !== undefined) expect(answer.body.fields[0].field).toBe(field);
      expect(await everything()).toEqual(before);
    },
  );

  test.each([
    [
      'no file',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
    ],
    ['no boundary', 'multipart/form-data', 'anything'],
    [
      'no end',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nwords',
    ],
    [
      'two files',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nwords\r\n--x\r\ncontent-disposition: form-data; name="file"; filename="b.txt"\r\n\r\nwords\r\n--x--\r\n',
    ],
  ])('a form with %s → 400', async (_what, contentType, body) => {
    const before = await everything();
    const response = await server.fetch('/api/v1/files', {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
    });
    expect({ status: response.status, code: ((await response.json()) as Problem).code }).toEqual({
      status: 400,
      code: 'validation_failed',
    });
    expect(await everything()).toEqual(before);
  });

  test('from nobody → 401', async () => {
    const headers = { authorization: '' };
    expect((await uploadForm(server, { content: film, name: 'film.mp4' }, { headers })).status).toBe(401);
  });

  test.each(['/api/v1/files?name=film.mp4', '/api/v1/uploads'])('that is broken off on its way to %s', async (path) => {
    const before = await everything();
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    const headers = [
      `POST ${path} HTTP/1.1`,
      'host: localhost',
      `authorization: Bearer ${server.ownerKey}`,
      'content-type: application/offset+octet-stream',
      'tus-resumable: 1.0.0',
      `upload-length: ${film.byteLength}`,
      `content-length: ${film.byteLength}`,
    ];
    await new Promise((resolve) => socket.write(`${headers.join('\r\n')}\r\n\r\n`, resolve));
    await new Promise((resolve) => socket.write(film.subarray(0, 60_000), resolve));
    socket.destroy();
    const rows = async () => {
      const { events, entities, files } = await everything();
      // What is sent to be resumed is kept for that, and seen by nobody.
      return { events, entities, files: path.includes('uploads') ? before.files : files };
    };
    await eventually(rows, (after) => JSON.stringify(after) === JSON.stringify(before));
  });
});

test('a type that lies changes nothing about what a file is', async () => {
  const { body } = await uploadForm(server, { content: sampleMedia.png, name: 'a.html', type: 'text/html' });
  expect(body.entity).toMatchObject({ fileType: 'image' });
  expect((await server.fetch(body.fileUrl)).headers.get('content-type')).toBe('image/png');
});

test('a link that has expired, was changed, or is of another server opens nothing', async () => {
  const { body } = await uploadForm(server, { content: Buffer.from('linked'), name: 'a.txt' });
  const { items } = (await server.call('GET', `/api/v1/entities/${body.entity.id}/history`)).body;
  const path: string = items[1].data.filePath;
  const secret = (await readFile(join(directory, 'link-secret'), 'utf8')).trim();
  const link = (options: { secret: string; now: Date }) =>
    createHmacLinks({ secret: options.secret, basePath: '/files' }).signRead(path, {
      expiresInSeconds: 3600,
      contentType: 'text/plain',
      contentDisposition: 'inline',
      now: options.now,
    });
  const open = async (url: string) => {
    const response = await fetch(`${server.url}${url}`);
    return { status: response.status, type: response.headers.get('content-type') };
  };
  const good = await link({ secret, now: new Date() });
  expect(await open(good)).toEqual({ status: 200, type: 'text/plain' });
  const refused = { status: 403, type: 'application/problem+json' };
  expect(await open(await link({ secret, now: new Date(Date.now() - 3_601_000) }))).toEqual(refused);
  expect(await open(await link({ secret: 'of another server', now: new Date() }))).toEqual(refused);
  expect(await open(good.replace('text%2Fplain', 'text%2Fhtml'))).toEqual(refused);
  expect(await open(good.replace('/attachments/', '/notes/'))).toEqual(refused);
  // Base64 has sixteen characters for the last four bits of a signature.
  expect(await open(`${good.slice(0, -1)}${good.endsWith('A') ? 'E' : 'A'}`)).toEqual(refused);
  await server.call('DELETE', `/api/v1/entities/${body.entity.id}`);
  await server.call('POST', `/api/v1/entities/${body.entity.id}/purge`);
  expect((await open(good)).status).toBe(404);
});

test('an upload that dies with the server, before its event or after it, is finished by a repeat, once', async () => {
  const text = Array.from({ length: 20_000 }, (_, line) => `<p>line ${line}`).join('\n');
  for (const [round, stage] of (['while it comes', 'when it is stored'] as const).entries()) {
    const content = Buffer.from(`<!doctype html><h1>${stage}</h1>${text}`);
    const headers = { 'idempotency-key': `killed-${round}` };
    const query = `?name=killed-${round}.html&checksum=${sha256(content)}`;
    const stored = async () =>
      (await readdir(join(directory, 'files'), { recursive: true })).filter((name) => name.endsWith('.html')).length;
    const before = await stored();
    const lost = uploadBody(server, content, { query, headers }).catch(() => null);
    // Between the content and the event, as a rule: the preview takes longer than this look.
    while (stage === 'when it is stored' && (await stored()) === before) await delay(5);
    await server.kill();
    await lost;
    server = await startServer(directory);
    const shown = (await server.call('GET', `/api/v1/entities?q=killed-${round}`)).body.items;
    expect(shown.length).toBeLessThanOrEqual(1);
    const repeated = await uploadBody(server, content, { query, headers });
    expect(repeated).toMatchObject({ status: 201, body: { entity: { checksum: sha256(content) } } });
    const { items } = (await server.call('GET', `/api/v1/entities?q=killed-${round}`)).body;
    expect(items).toHaveLength(1);
    expect(sha256(Buffer.from(await (await server.fetch(items[0].fileUrl)).arrayBuffer()))).toBe(sha256(content));
  }
}, 120_000);
