import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runSynap, startServer } from './testing/server-process.ts';
import { newDataDirectory, temporaryDirectory } from './testing/temporary-directory.ts';

let root: string;
/** Of the server that was killed. */
let killed: string;

beforeAll(async () => {
  root = await temporaryDirectory();
});

test('a second server on a data directory is refused and told by whom it is used; the first goes on', async () => {
  const directory = await newDataDirectory();
  const first = await startServer(directory);
  await expect(startServer(directory)).rejects.toThrow(
    /is in use by the server at http:\/\/127\.0\.0\.1:\d+ \(process \d+\)/,
  );
  expect((await first.call('POST', '/api/v1/notes', { content: 'still here' })).status).toBe(201);
  expect(await first.stop()).toBe(0);
  const next = await startServer(directory);
  expect((await next.call('GET', '/api/v1/entities')).body.items).toHaveLength(1);
  await next.stop();
});

test('the lock of a killed server is gone with it, and the owner keeps the key', async () => {
  const directory = await newDataDirectory();
  killed = directory;
  const first = await startServer(directory);
  const { ownerKey } = first;
  await first.kill();
  const second = await startServer(directory);
  expect(second.ownerKey).toBe(ownerKey);
  await second.stop();
});

test('the owner key can be read by the owner only', async () => {
  const { mode } = await stat(join(killed, 'owner-key'));
  expect(mode & 0o777).toBe(0o600);
});

test('a port in use is an error that names it and tells what to do', async () => {
  const blocker = createServer();
  blocker.listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const address = blocker.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const directory = await newDataDirectory();
  await expect(startServer(directory, { PORT: String(port) })).rejects.toThrow(
    new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${port}.*set PORT`),
  );
  blocker.close();
  await (await startServer(directory)).stop();
});

test('a wrong setting is an error that names the variable and the reason', async () => {
  const directory = join(root, 'settings');
  await expect(startServer(directory, { PORT: '99999' })).rejects.toThrow(/PORT: /);
  await expect(startServer(directory, { DATABASE_URL: 'mysql://x' })).rejects.toThrow(/DATABASE_URL: .*postgres/);
  await expect(startServer(directory, { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/x' })).rejects.toThrow(
    /DATABASE_URL.*pgvector/,
  );
});

test('a data directory that cannot be made is an error that names it', async () => {
  await writeFile(join(root, 'file'), '');
  await expect(startServer(join(root, 'file', 'data'))).rejects.toThrow(/The data directory .* cannot be used/);
});

const mount = join('/tmp', `synap-full-disk-${process.pid}`);
const canMount = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;

test.skipIf(!canMount)(
  'a full disk is said to be full, and nothing is half-written (needs root to mount a small disk)',
  async () => {
    await mkdir(mount, { recursive: true });
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount]).status).toBe(0);
    const directory = join(root, 'full');
    try {
      await mkdir(directory, { recursive: true });
      spawnSync('ln', ['-s', mount, join(directory, 'files')]);
      const server = await startServer(directory);
      const refused = await server.call('POST', '/api/v1/notes', { content: 'x'.repeat(600_000) });
      expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable', dependency: 'storage' } });
      expect(refused.body.detail).toContain('The disk is full');
      expect((await server.call('GET', '/api/v1/entities')).body.items).toEqual([]);
      const left = await readdir(mount, { recursive: true, withFileTypes: true });
      expect(left.filter((entry) => entry.isFile())).toEqual([]);
      expect((await server.call('POST', '/api/v1/notes', { content: 'small enough' })).status).toBe(201);
      await server.stop();
    } finally {
      spawnSync('umount', [mount]);
      await rm(mount, { recursive: true, force: true });
    }
  },
);

test('the command line says when a server is missing or a key is needed', async () => {
  const unreachable = await runSynap(join(root, 'settings'), [
    'list',
    '--url',
    'http://127.0.0.1:9',
    '--api-key',
    'synap_x',
  ]);
  expect(unreachable.exitCode).toBe(1);
  expect(unreachable.stderr).toContain('Is the server running');
  const keyless = await runSynap(join(root, 'settings'), ['list', '--url', 'http://synap.example']);
  expect(keyless.exitCode).toBe(2);
  expect(keyless.stderr).toContain('SYNAP_API_KEY');
});
