import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestBucket, testS3Server } from '@synap/storage/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { runSynap, type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

/** A test that starts a server several times takes its time on a busy machine. */
const STARTS_SERVERS = { timeout: 120_000 };
const TWO_DAYS_AGO = new Date(Date.now() - 48 * 60 * 60 * 1000);

let server: ServerProcess | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const addNote = async (running: ServerProcess, content: string): Promise<{ id: string; filePath: string }> => {
  const { body, status } = await running.call('POST', '/api/v1/notes', { content });
  expect(status).toBe(201);
  const { id } = body.entity;
  const history = await running.call('GET', `/api/v1/entities/${id}/history`);
  const [uploaded] = history.body.items.filter(({ type }: { type: string }) => type === 'entity.file_uploaded');
  return { id, filePath: uploaded.data.filePath };
};
const contentOf = async (running: ServerProcess, id: string): Promise<string> =>
  (await running.fetch(`/api/v1/entities/${id}/content`)).text();
const verifyFiles = async (directory: string, environment: Record<string, string> = {}) => {
  const { stdout } = await runSynap(directory, ['verify', '--files', '--json'], { environment });
  return JSON.parse(stdout).findings as { kind: string; subject: string }[];
};

describe('files that nothing names', () => {
  /** A file as an upload leaves it that was broken off before its event. */
  const orphan = async (directory: string, { userId, at }: { userId: string; at: Date }): Promise<string> => {
    const content = randomUUID();
    const checksum = createHash('sha256').update(content).digest('hex').slice(0, 32);
    const entityId = `0189${randomUUID().slice(4, 14)}7${randomUUID().slice(15)}`;
    const path = `users/${userId}/notes/${entityId}/${checksum}.md`;
    const absolute = join(directory, 'files', path);
    await mkdir(dirname(absolute), { recursive: true });
    await writeFile(absolute, content);
    await utimes(absolute, at, at);
    return path;
  };
  const filesIn = async (directory: string): Promise<string[]> => {
    const names = await readdir(join(directory, 'files', 'users'), { recursive: true });
    return names.filter((name) => name.endsWith('.md')).map((name) => `users/${name}`);
  };

  test('are removed after a day, and only they', STARTS_SERVERS, async () => {
    const directory = await newDataDirectory();
    server = await startServer(directory);
    const note = await addNote(server, 'A note that stays');
    await server.call('PUT', `/api/v1/entities/${note.id}/content`, { content: 'Its second revision' });
    const userId = note.filePath.split('/')[1] ?? '';
    await utimes(join(directory, 'files', note.filePath), TWO_DAYS_AGO, TWO_DAYS_AGO);
    const old = await orphan(directory, { userId, at: TWO_DAYS_AGO });
    const young = await orphan(directory, { userId, at: new Date() });
    const stranger = await orphan(directory, { userId: `0189${userId.slice(4)}`, at: TWO_DAYS_AGO });
    const findings = await verifyFiles(directory);
    expect(findings.map(({ kind, subject }) => [kind, subject]).sort()).toEqual(
      [old, stranger].sort().map((path) => ['file_unreferenced', path]),
    );
    await server.stop();
    // Today's upkeep is due at the first start with something in the store.
    server = await startServer(directory);
    const left = await eventually(
      () => filesIn(directory),
      (paths) => !paths.includes(old),
    );
    expect(left).toEqual(expect.arrayContaining([note.filePath, young, stranger]));
    expect(await server.stop()).toBe(0);
  });

  test('are not touched where there are too many of them to be broken uploads', STARTS_SERVERS, async () => {
    const directory = await newDataDirectory();
    server = await startServer(directory);
    const note = await addNote(server, 'The only note');
    const userId = note.filePath.split('/')[1] ?? '';
    for (let count = 0; count < 120; count += 1) await orphan(directory, { userId, at: TWO_DAYS_AGO });
    await server.stop();
    server = await startServer(directory, { LOG_LEVEL: 'error' });
    const running = server;
    const reason = /120 of \d+ files are named by no event/;
    await eventually(
      async () => running.output(),
      (output) => reason.test(output),
    );
    const { stdout } = await runSynap(directory, ['workflows']);
    expect(stdout).toMatch(/sweep-files/);
    expect(stdout).toMatch(reason);
    expect(await filesIn(directory)).toHaveLength(121);
  });
});

const s3 = testS3Server(process.env);
describe.skipIf(!s3.isAvailable)(`files in a bucket, ${s3.name}`, () => {
  let bucket: TestBucket;
  let environment: Record<string, string>;
  beforeAll(async () => {
    bucket = await s3.createBucket();
    const { endpoint, region, accessKeyId, secretAccessKey } = bucket.settings;
    environment = {
      S3_ENDPOINT: endpoint,
      S3_REGION: region,
      S3_BUCKET: bucket.settings.bucket,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
    };
  });
  afterAll(() => bucket.remove());

  test('move there while the server runs, are used there, and move back', STARTS_SERVERS, async () => {
    const directory = await newDataDirectory();
    server = await startServer(directory);
    const before = await addNote(server, 'Written before there was a bucket');
    await server.stop();

    // With a bucket, what is new goes there, and what is not there yet is found where it is.
    server = await startServer(directory, environment);
    const meanwhile = await addNote(server, 'Written with a bucket');
    expect(await contentOf(server, before.id)).toBe('Written before there was a bucket');
    expect((await bucket.contents()).keys).toContain(meanwhile.filePath);
    expect((await bucket.contents()).keys).not.toContain(before.filePath);

    const writing = Promise.all(
      Array.from({ length: 20 }, (_, count) => addNote(server as ServerProcess, `Written while files move ${count}`)),
    );
    const moved = await runSynap(directory, ['files', 'migrate', '--to', 's3', '--delete-source']);
    expect(moved.stdout).toContain('files are in the bucket now');
    const notes = [before, meanwhile, ...(await writing)];
    expect((await bucket.contents()).keys).toEqual(expect.arrayContaining(notes.map(({ filePath }) => filePath)));
    expect(await readdir(join(directory, 'files'))).not.toContain('users');
    expect(await verifyFiles(directory)).toEqual([]);
    const ready = await server.call('GET', '/health/ready');
    expect(ready.body.dependencies.storage.detail).toBe(`bucket ${bucket.settings.bucket}`);
    await server.kill();

    // Without the settings nothing is looked for in the wrong place.
    await expect(startServer(directory)).rejects.toThrow(/lie in a bucket.*synap files migrate --to local/s);

    server = await startServer(directory, environment);
    for (const { id } of notes) expect(await contentOf(server, id)).toMatch(/^Written/);
    expect((await runSynap(directory, ['files', 'migrate', '--to', 'local'])).exitCode).toBe(0);
    await server.stop();
    server = await startServer(directory);
    for (const { id } of notes) expect(await contentOf(server, id)).toMatch(/^Written/);
    expect(await verifyFiles(directory)).toEqual([]);
  });

  test('a wrong key or a bucket that is not there stops the start with what to do', async () => {
    const directory = await newDataDirectory();
    await expect(startServer(directory, { ...environment, S3_SECRET_ACCESS_KEY: 'wrong' })).rejects.toThrow(
      /S3_SECRET_ACCESS_KEY/,
    );
    await expect(startServer(directory, { ...environment, S3_BUCKET: 'no-such-bucket' })).rejects.toThrow(
      /no bucket no-such-bucket/,
    );
    await expect(startServer(directory, { S3_BUCKET: 'only-the-bucket' })).rejects.toThrow(/S3_ACCESS_KEY_ID/);
  });
});
