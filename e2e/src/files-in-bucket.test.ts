import { testS3Server } from '@synap/storage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aFilm, sha256, uploadForm } from './testing/files.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

const s3 = testS3Server(process.env);
describe.skipIf(!s3.isAvailable)(`files of any kind in a bucket, ${s3.name}`, () => {
  let bucket: Awaited<ReturnType<typeof s3.createBucket>>;
  let server: ServerProcess;
  beforeAll(async () => {
    bucket = await s3.createBucket();
    const { endpoint, region, accessKeyId, secretAccessKey } = bucket.settings;
    server = await startServer(await newDataDirectory(), {
      S3_ENDPOINT: endpoint,
      S3_REGION: region,
      S3_BUCKET: bucket.settings.bucket,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
    });
  });
  afterAll(async () => {
    await server.stop();
    await bucket.remove();
  });

  test('are streamed there, read back in parts, and linked to where they are', async () => {
    const content = aFilm(20_000_000);
    const { body } = await uploadForm(server, { content, name: 'film.mp4' });
    const part = await server.fetch(body.fileUrl, { headers: { range: 'bytes=4-7' } });
    expect({ status: part.status, text: await part.text() }).toEqual({ status: 206, text: 'ftyp' });
    const whole = await server.fetch(body.fileUrl);
    expect(sha256(Buffer.from(await whole.arrayBuffer()))).toBe(sha256(content));
    const redirect = await server.fetch(`/api/v1/entities/${body.entity.id}/file`, { redirect: 'manual' });
    expect(redirect.status).toBe(302);
    const link = redirect.headers.get('location') ?? '';
    expect(new URL(link).origin).toBe(new URL(bucket.settings.endpoint).origin);
    const linked = await fetch(link);
    expect(linked.headers.get('content-type')).toBe('video/mp4');
    expect(sha256(Buffer.from(await linked.arrayBuffer()))).toBe(sha256(content));
  });

  test('are sent there directly, and nothing but what was announced', async () => {
    const content = aFilm(1_000_000);
    const input = { name: 'direct.mp4', sizeBytes: content.byteLength, checksum: sha256(content) };
    const { body } = await server.call('POST', '/api/v1/files/uploads', input);
    const send = (sent: Buffer) => {
      const { 'content-length': _, ...headers } = body.headers;
      return fetch(body.url, { method: body.method, headers, body: new Uint8Array(sent) });
    };
    expect((await send(aFilm(1_000_000, 8))).ok).toBe(false);
    expect((await send(aFilm(999_999))).ok).toBe(false);
    expect((await send(content)).ok).toBe(true);
    const recorded = await server.call('POST', '/api/v1/files/uploads/complete', { uploadId: body.uploadId });
    expect(recorded).toMatchObject({ status: 201, body: { entity: { title: 'direct.mp4', fileType: 'video' } } });
    const response = await server.fetch(recorded.body.fileUrl);
    expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(sha256(content));
  });

  test('that are too long for their kind leave nothing there', async () => {
    const before = await bucket.contents();
    const content = Buffer.alloc(20 * 1024 * 1024, 'a');
    expect((await uploadForm(server, { content, name: 'a.txt' })).status).toBe(413);
    const { keys, uploads } = await bucket.contents();
    expect({ keys: keys.filter((key) => key.startsWith('users/')), uploads }).toEqual({
      keys: before.keys.filter((key) => key.startsWith('users/')),
      uploads: before.uploads,
    });
  });
});
