import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aFile, allOf } from '../testing/a-file.ts';
import { type TestBucket, testS3Server } from '../testing/test-bucket.ts';
import { createS3FileStore } from './s3-file-store.ts';

const server = testS3Server(process.env);
const now = new Date();
const aDayLater = new Date(now.getTime() + 25 * 60 * 60 * 1000);

/** Puts content that never ends, announced or not, after some content that it has stored whole. */
const WRITER = `
  import { createS3FileStore } from '@synap/storage/s3';
  const { settings, file, expected } = JSON.parse(process.argv[1]);
  const files = await createS3FileStore({ ...settings, now: new Date() });
  const { path } = await files.put({ ...file, content: Buffer.from('acknowledged') });
  process.stdout.write(path + '\\n');
  async function* endless() {
    for (;;) yield Buffer.alloc(1_000_000, 1);
  }
  const large = { ...file, content: endless(), ...(expected ? { expected } : {}) };
  await files.put(large);
`;

describe.skipIf(!server.isAvailable)(`what killed puts leave ${server.name}`, () => {
  let bucket: TestBucket;
  beforeEach(async () => {
    bucket = await server.createBucket();
  });
  afterEach(() => bucket.remove());

  it.each([
    ['unannounced', undefined],
    ['announced', { checksum: '0'.repeat(64), sizeBytes: 1_000_000_000 }],
  ])('is never seen, and is swept a day later: a large %s put', async (_, expected) => {
    const { content: __, ...file } = aFile();
    const settings = { ...bucket.settings, partBytes: 5 * 1024 * 1024 };
    const child = spawn(
      process.execPath,
      ['--no-warnings', '--input-type=module', '-e', WRITER, JSON.stringify({ settings, file, expected })],
      { cwd: fileURLToPath(new URL('../..', import.meta.url)), stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exited = once(child, 'exit');
    const [acknowledged] = await once(child.stdout, 'data');
    await expect.poll(async () => (await bucket.contents()).uploads.length, { timeout: 20_000 }).toBe(1);
    child.kill('SIGKILL');
    await exited;

    const path = String(acknowledged).trim();
    const files = await createS3FileStore({ ...bucket.settings, now });
    expect((await allOf(files)).map((listed) => listed.path)).toEqual([path]);
    // It may be the upload of another process that is still running.
    expect((await bucket.contents()).uploads).toHaveLength(1);
    await createS3FileStore({ ...bucket.settings, now: aDayLater });
    expect(await bucket.contents()).toEqual({ keys: [path], uploads: [] });
  });

  it('is a draft that was not copied: it stays for a day, then it goes, and no object with it', async () => {
    await bucket.putRaw('tmp/01890a5d', 'a draft');
    const files = await createS3FileStore({ ...bucket.settings, now });
    const { path } = await files.put(aFile());
    expect((await allOf(files)).map((listed) => listed.path)).toEqual([path]);
    expect((await bucket.contents()).keys).toEqual(['tmp/01890a5d', path]);
    await createS3FileStore({ ...bucket.settings, now: aDayLater });
    expect((await bucket.contents()).keys).toEqual([path]);
  });
});
