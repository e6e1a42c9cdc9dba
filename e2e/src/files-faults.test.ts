import { type FaultProxy, startFaultProxy, type TestBucket, testS3Server } from '@synap/storage/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { runSynap, type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

/*
 * The order of writes when the bucket is in trouble: content first, then the event. Either all is there or nothing is,
 * the caller is told which, and a repeat with the same Idempotency-Key finishes it.
 */

const s3 = testS3Server(process.env);
const isPut = ({ method }: { method: string }) => method === 'PUT';
const isGet = ({ method, url }: { method: string; url: string }) => method === 'GET' && url.includes('/notes/');

describe.skipIf(!s3.isAvailable)(`a server whose bucket is in trouble, ${s3.name}`, () => {
  let bucket: TestBucket;
  let proxy: FaultProxy;
  let directory: string;
  let environment: Record<string, string>;
  let server: ServerProcess;

  beforeAll(async () => {
    bucket = await s3.createBucket();
    proxy = await startFaultProxy(bucket.settings.endpoint);
    directory = await newDataDirectory();
    environment = {
      S3_ENDPOINT: proxy.url,
      S3_REGION: bucket.settings.region,
      S3_BUCKET: bucket.settings.bucket,
      S3_ACCESS_KEY_ID: bucket.settings.accessKeyId,
      S3_SECRET_ACCESS_KEY: bucket.settings.secretAccessKey,
    };
    server = await startServer(directory, environment);
  });
  afterEach(() => proxy.heal());
  afterAll(async () => {
    await server.stop();
    await proxy.close();
    await bucket.remove();
  });

  const write = (content: string, key: string) =>
    server.call('POST', '/api/v1/notes', { content }, { 'idempotency-key': key });
  const titles = async (): Promise<string[]> => {
    const { body } = await server.call('GET', '/api/v1/entities?limit=200');
    return body.items.map(({ title }: { title: string }) => title);
  };

  test.each([500, 503] as const)('answers of %s: nothing is written, and a repeat finishes it', async (status) => {
    proxy.inject({ kind: 'answer', status }, { when: isPut });
    const refused = await write(`Refused with ${status}`, `refused-${status}`);
    expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(await titles()).not.toContain(`Refused with ${status}`);
    proxy.heal();
    const stored = await write(`Refused with ${status}`, `refused-${status}`);
    expect(stored.status).toBe(201);
    const again = await write(`Refused with ${status}`, `refused-${status}`);
    expect(again.body.entity.id).toBe(stored.body.entity.id);
    expect((await titles()).filter((title) => title === `Refused with ${status}`)).toHaveLength(1);
  });

  test('a lost answer: the note is there once', async () => {
    proxy.inject({ kind: 'lose-answer' }, { when: isPut, times: 1 });
    expect((await write('The answer was lost', 'lost')).status).toBe(201);
    expect((await titles()).filter((title) => title === 'The answer was lost')).toHaveLength(1);
  });

  test('a connection that is reset in the middle of the content: the note is there, or nobody is told so', async () => {
    proxy.inject({ kind: 'reset', afterBytes: 10 }, { when: isPut, times: 2 });
    expect((await write('Reset in the middle', 'reset')).status).toBe(201);
    const { stdout } = await runSynap(directory, ['verify', '--files', '--json']);
    expect(JSON.parse(stdout).findings).toEqual([]);
  });

  test('an answer that is cut off is never taken for the content', async () => {
    const content = `Long enough to be cut ${'off '.repeat(5000)}`;
    const { body } = await write(content, 'cut');
    proxy.inject({ kind: 'truncate', afterBytes: 100 }, { when: isGet });
    const response = await server.fetch(`/api/v1/entities/${body.entity.id}/content`);
    const read = response.ok ? await response.text().catch(() => null) : null;
    expect(read).toBeNull();
    proxy.heal();
    expect(await (await server.fetch(`/api/v1/entities/${body.entity.id}/content`)).text()).toBe(content);
  });

  test('killed between the content and the event: nothing is seen, and a repeat finishes it', async () => {
    const before = (await bucket.contents()).keys.length;
    // The content arrives, and the server never hears of it.
    proxy.inject({ kind: 'lose-answer' }, { when: isPut });
    const attempt = write('Killed in between', 'killed').catch(() => null);
    await eventually(
      async () => (await bucket.contents()).keys.length,
      (count) => count > before,
    );
    await server.kill();
    await attempt;
    proxy.heal();
    server = await startServer(directory, environment);
    expect(await titles()).not.toContain('Killed in between');
    expect((await write('Killed in between', 'killed')).status).toBe(201);
    expect((await titles()).filter((title) => title === 'Killed in between')).toHaveLength(1);
    const { stdout } = await runSynap(directory, ['verify', '--json']);
    expect(JSON.parse(stdout).findings).toEqual([]);
  });

  test('a bucket that hangs does not hold up what needs none', async () => {
    proxy.inject({ kind: 'hang' });
    const held = write('Held up', 'held').catch(() => null);
    const startedAt = performance.now();
    expect((await server.call('GET', '/api/v1/entities')).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await server.kill();
    await held;
  });
});
