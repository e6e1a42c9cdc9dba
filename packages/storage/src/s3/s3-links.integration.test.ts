import { NotFound } from '@synap/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileLinks, SignedUpload } from '../file-links.ts';
import type { FileStore } from '../file-store.ts';
import { readVerified } from '../read-all.ts';
import { aFile, allOf, bytes, sha256 } from '../testing/a-file.ts';
import { type TestBucket, testS3Server } from '../testing/test-bucket.ts';
import { createS3FileStore } from './s3-file-store.ts';
import { createS3Links } from './s3-links.ts';

const server = testS3Server(process.env);
const now = new Date();
const hourAgo = new Date(now.getTime() - 3_600_000);

describe.skipIf(!server.isAvailable)(`links ${server.name}`, () => {
  let bucket: TestBucket;
  let files: FileStore;
  let links: FileLinks;
  beforeAll(async () => {
    bucket = await server.createBucket();
    files = await createS3FileStore({ ...bucket.settings, now });
    links = createS3Links(bucket.settings);
  });
  afterAll(() => bucket.remove());

  const readLink = {
    expiresInSeconds: 60,
    contentType: 'text/plain',
    contentDisposition: 'attachment; filename="a b.md"',
    now,
  };
  const upload = (text: string, signedAt = now) => {
    const { userId, folder, entityId, extension } = aFile();
    const content = { checksum: sha256(bytes(text)), sizeBytes: bytes(text).byteLength };
    const address = { userId, folder, entityId, extension };
    return links.signUpload({
      ...address,
      ...content,
      contentType: 'text/markdown',
      expiresInSeconds: 60,
      now: signedAt,
    });
  };
  const send = async ({ url, method }: SignedUpload, text: string, headers: Record<string, string>) =>
    (await fetch(url, { method, headers, body: text })).status;

  it('read an object with the type and the disposition that were signed', async () => {
    const { path } = await files.put(aFile());
    const answer = await fetch(await links.signRead(path, readLink));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(readLink.contentType);
    expect(answer.headers.get('content-disposition')).toBe(readLink.contentDisposition);
    expect(await answer.text()).toBe('# Hello');
    const range = await fetch(await links.signRead(path, readLink), { headers: { range: 'bytes=2-3' } });
    expect([range.status, await range.text()]).toEqual([206, 'He']);
  });

  it('read nothing once they are changed or have expired', async () => {
    const { path } = await files.put(aFile());
    const other = await files.put(aFile({ content: bytes('other') }));
    const link = await links.signRead(path, readLink);
    for (const changed of [
      link.replace(path, other.path),
      link.replace('text%2Fplain', 'text%2Fhtml'),
      link.replace('Expires=60', 'Expires=600'),
      link.replace('attachment', 'inline'),
      await links.signRead(path, { ...readLink, now: hourAgo }),
    ]) {
      expect(changed).not.toBe(link);
      expect((await fetch(changed)).status).toBe(403);
    }
    await expect(links.signRead('tmp/draft', readLink)).rejects.toThrow(NotFound);
  });

  it('store exactly the content that they were signed for, once', async () => {
    const signed = await upload('signed content');
    expect(await send(signed, 'signed content', { ...signed.headers })).toBe(200);
    expect(await readVerified(files, signed.path)).toEqual(bytes('signed content'));
    expect(await send(signed, 'signed content', { ...signed.headers })).toBe(412);
  });

  it('store nothing else: no other bytes, length, type, nor in place of what is there', async () => {
    const before = await allOf(files);
    const signed = await upload('the right one');
    const without = (name: string) =>
      Object.fromEntries(Object.entries(signed.headers).filter(([key]) => key !== name));
    const hash = 'x-amz-content-sha256';
    for (const [text, headers] of [
      ['the wrong one', signed.headers],
      ['the wrong one', { ...signed.headers, [hash]: sha256(bytes('the wrong one')) }],
      ['the wrong one', { ...signed.headers, [hash]: 'UNSIGNED-PAYLOAD' }],
      ['the wrong one', without(hash)],
      ['the right one and more', without('content-length')],
      ['the right', without('content-length')],
      ['the right one', { ...signed.headers, 'content-type': 'text/html' }],
      ['the right one', without('if-none-match')],
    ] as const) {
      expect(await send(signed, text, { ...headers })).toBeGreaterThanOrEqual(400);
    }
    const expired = await upload('the right one', hourAgo);
    expect(await send(expired, 'the right one', { ...expired.headers })).toBe(403);
    expect(await allOf(files)).toEqual(before);
  });

  it('lead to the public URL where there is one', async () => {
    const { path } = await files.put(aFile());
    const { port } = new URL(bucket.settings.endpoint);
    const publicUrl = `http://localhost:${port}`;
    const link = await createS3Links({ ...bucket.settings, publicUrl }).signRead(path, readLink);
    expect(new URL(link).origin).toBe(publicUrl);
    expect(await (await fetch(link)).text()).toBe('# Hello');
  });
});
