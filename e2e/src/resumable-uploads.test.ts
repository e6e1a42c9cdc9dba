import { afterAll, expect, test } from 'vitest';
import { aFilm, sha256 } from './testing/files.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

const TUS = { 'tus-resumable': '1.0.0' };
const content = aFilm(6_000_000);
const HALF = 3_000_000;

let server: ServerProcess | undefined;
afterAll(async () => {
  await server?.stop();
});

function metadata(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

async function begin(to: ServerProcess, key: string, values: Record<string, string> = {}): Promise<Response> {
  return to.fetch('/api/v1/uploads', {
    method: 'POST',
    headers: {
      ...TUS,
      'idempotency-key': key,
      'upload-length': String(content.byteLength),
      'upload-metadata': metadata({ filename: '../film.mp4', checksum: sha256(content), ...values }),
    },
  });
}

function send(to: ServerProcess, location: string, { from, until }: { from: number; until: number }) {
  return to.fetch(location, {
    method: 'PATCH',
    headers: { ...TUS, 'content-type': 'application/offset+octet-stream', 'upload-offset': String(from) },
    body: new Uint8Array(content.subarray(from, until)),
  });
}

async function offsetOf(to: ServerProcess, location: string): Promise<string | null> {
  return (await to.fetch(location, { method: 'HEAD', headers: TUS })).headers.get('upload-offset');
}

test('an upload goes on where it was after the server was killed, and is recorded once', async () => {
  const directory = await newDataDirectory();
  server = await startServer(directory);
  const location = (await begin(server, 'film', { tags: 'a,b' })).headers.get('location') ?? '';
  expect((await send(server, location, { from: 0, until: HALF })).status).toBe(204);
  await server.kill();
  server = await startServer(directory);
  expect((await begin(server, 'film', { tags: 'a,b' })).headers.get('location')).toBe(location);
  expect(await offsetOf(server, location)).toBe(String(HALF));
  expect(await server.call('POST', `${location}/complete`)).toMatchObject({ status: 422 });
  expect((await server.call('GET', '/api/v1/entities')).body.items).toEqual([]);
  const last = await send(server, location, { from: HALF, until: content.byteLength });
  const { entity } = (await last.json()) as { entity: { id: string } };
  expect(entity).toMatchObject({ title: 'film.mp4', fileType: 'video', checksum: sha256(content), tags: ['a', 'b'] });
  expect(await offsetOf(server, location)).toBe(String(content.byteLength));
  const again = await server.call('POST', `${location}/complete`);
  expect(again).toMatchObject({ status: 201, body: { entity: { id: entity.id } } });
  expect((await server.call('GET', '/api/v1/entities')).body.items).toHaveLength(1);
});

test('what could not be recorded is refused before it is sent, or is not kept', async () => {
  const running = server ?? (await startServer(await newDataDirectory()));
  const nobodys = await begin(running, 'nobodys', { attachTo: '01890000-0000-7000-8000-000000000000' });
  expect(nobodys.status).toBe(404);
  const unknown = await begin(running, 'unknown', { colour: 'red' });
  expect(((await unknown.json()) as { fields: unknown }).fields).toMatchObject([{ field: 'colour' }]);
  expect((await begin(running, 'film', { tags: 'other' })).status).toBe(201);
  const wrong = (await begin(running, 'wrong', { checksum: 'a'.repeat(64) })).headers.get('location') ?? '';
  const refused = await send(running, wrong, { from: 0, until: content.byteLength });
  expect({ status: refused.status, problem: await refused.json() }).toMatchObject({
    status: 400,
    problem: { code: 'validation_failed', fields: [{ field: 'checksum' }] },
  });
  expect((await running.fetch(wrong, { method: 'HEAD', headers: TUS })).status).toBe(404);
  const early = (await begin(running, 'early')).headers.get('location') ?? '';
  const conflict = await send(running, early, { from: 5, until: 10 });
  expect(conflict.status).toBe(409);
  expect(conflict.headers.get('content-type')).toBe('application/problem+json');
  expect((await running.fetch(early, { method: 'DELETE', headers: TUS })).status).toBe(204);
});
