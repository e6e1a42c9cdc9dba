import { once } from 'node:events';
import { createServer } from 'node:http';
import { Unavailable } from '@synap/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aFile } from '../testing/a-file.ts';
import { type TestBucket, testS3Server } from '../testing/test-bucket.ts';
import type { S3Settings } from './s3-bucket.ts';
import { createS3FileStore } from './s3-file-store.ts';

const server = testS3Server(process.env);
const open = (settings: S3Settings) => createS3FileStore({ ...settings, maxAttempts: 1, now: new Date() });

describe.skipIf(!server.isAvailable)(`a wrong configuration ${server.name}`, () => {
  let bucket: TestBucket;
  beforeAll(async () => {
    bucket = await server.createBucket();
  });
  afterAll(() => bucket.remove());

  const wrong: [what: string, change: Partial<S3Settings>, advice: RegExp][] = [
    ['a bucket that is not there', { bucket: 'synap-no-such-bucket' }, /no bucket synap-no-such-bucket.*S3_BUCKET/],
    ['an unknown key', { accessKeyId: 'nobody' }, /does not accept the key.*S3_ACCESS_KEY_ID/],
    ['a wrong secret', { secretAccessKey: 'wrong' }, /does not accept the key.*S3_SECRET_ACCESS_KEY/],
    ['a port where nothing listens', { endpoint: 'http://127.0.0.1:9' }, /cannot be reached.*S3_ENDPOINT/],
    ['a host that is none', { endpoint: 'http://no-such-host.invalid' }, /cannot be reached.*S3_ENDPOINT/],
  ];

  it.each(wrong)('with %s says what to correct, when it is opened', async (_, change, advice) => {
    const opening = open({ ...bucket.settings, ...change });
    await expect(opening).rejects.toThrow(Unavailable);
    await expect(opening).rejects.toThrow(advice);
    await expect(opening).rejects.toMatchObject({ dependency: 'storage' });
  });

  it('never takes a bucket that is gone for one without the file', async () => {
    const gone = await server.createBucket();
    const files = await open(gone.settings);
    const { path } = await files.put(aFile());
    await gone.remove();
    const missing = /no bucket/;
    await expect(files.stat(path)).rejects.toThrow(missing);
    await expect(files.read(path)).rejects.toThrow(missing);
    await expect(files.remove(path)).rejects.toThrow(missing);
    await expect(files.put(aFile())).rejects.toThrow(missing);
  });
});

it('a web server that knows no S3 is unavailable, not a crash', async () => {
  const web = createServer((_, response) => response.end('<html>Welcome</html>')).listen(0, '127.0.0.1');
  await once(web, 'listening');
  try {
    const address = web.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const settings = { region: 'us-east-1', bucket: 'b', accessKeyId: 'a', secretAccessKey: 's' };
    const files = await open({ ...settings, endpoint: `http://127.0.0.1:${port}` });
    await expect(files.read(`users/${aFile().userId}/notes/${aFile().entityId}/${'0'.repeat(32)}.md`)).rejects.toThrow(
      Unavailable,
    );
  } finally {
    web.closeAllConnections();
    web.close();
  }
});
