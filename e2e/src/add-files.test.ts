import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aDocx, paragraph, sampleMedia } from '@synap/ai/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { aFilm, sha256 } from './testing/files.ts';
import { runSynap, type ServerProcess, startServer } from './testing/server-process.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

const LARGE_BYTES = 300_000_000;

let root: string;
let directory: string;
let server: ServerProcess;
beforeAll(async () => {
  root = await temporaryDirectory();
  directory = join(root, 'data');
  server = await startServer(directory);
});
afterAll(() => server.stop());

const synap = (...words: string[]) => runSynap(directory, ['--json', ...words]);

test('a directory with files of every kind is added to what it belongs to, and what is left out is named with why', async () => {
  const folder = join(root, 'files');
  await mkdir(folder);
  const files: Record<string, Uint8Array> = {
    'letter.docx': aDocx({ body: paragraph('Dear Ada') }),
    'note.md': Buffer.from('# A note'),
    'photo.png': sampleMedia.png,
    'archive.zip': Buffer.from('PK\u0003\u0004\0\0nothing'),
    'empty.txt': Buffer.alloc(0),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const parent = (await server.call('POST', '/api/v1/projects', { content: 'The house' })).body.entity;
  const { exitCode, stdout } = await synap('add', folder, '--attach-to', parent.id);
  const { added, failed, skipped, reasons } = JSON.parse(stdout);
  expect({ exitCode, failed }).toEqual({ exitCode: 0, failed: [] });
  expect(added.map(({ title }: { title: string }) => title).sort()).toEqual(['letter.docx', 'note', 'photo.png']);
  expect(skipped.sort()).toEqual([join(folder, 'archive.zip'), join(folder, 'empty.txt')]);
  expect(reasons[join(folder, 'archive.zip')]).toMatch(/zip archive/);
  expect((await server.call('GET', `/api/v1/entities/${parent.id}`)).body.relations).toHaveLength(3);
});

test('a picture is shown as what it is, and saved as it was, over nothing', async () => {
  const { items } = (await server.call('GET', '/api/v1/entities?q=photo')).body;
  const [{ id }] = items;
  const shown = await runSynap(directory, ['show', id]);
  expect(shown.stdout).toMatch(/image, \d+ bytes\nsave it with: synap file/);
  const path = join(root, 'saved.png');
  expect((await synap('file', id, '--output', path)).exitCode).toBe(0);
  expect(Buffer.compare(await readFile(path), sampleMedia.png)).toBe(0);
  const again = await synap('file', id, '--output', path);
  expect({ exitCode: again.exitCode, stderr: again.stderr }).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('already'),
  });
});

test('a large file goes on where it was after both ends were killed, and takes little memory', {
  timeout: 120_000,
}, async () => {
  const film = join(root, 'film.mp4');
  await writeFile(film, aFilm(1_000_000));
  await truncate(film, LARGE_BYTES);
  const killed = await runSynap(directory, ['add', film], {
    onStart: (pid) => {
      void eventually(spooledBytes, (bytes) => bytes > 20_000_000).then(() => process.kill(pid, 'SIGKILL'));
    },
  });
  expect(killed.exitCode).toBeNull();
  await server.kill();
  const reached = await spooledBytes();
  expect(reached).toBeGreaterThan(20_000_000);
  expect(reached).toBeLessThan(LARGE_BYTES);
  server = await startServer(directory);
  expect((await server.call('GET', '/api/v1/entities?q=film')).body.items).toEqual([]);
  const { body } = await server.call('POST', '/api/v1/notes', { content: 'Warm up' });
  const memory = await watchMemory(server.pid, async () => {
    const { added } = JSON.parse((await synap('add', film)).stdout);
    expect(added).toHaveLength(1);
  });
  expect(body.entity.id).toBeDefined();
  const [entity] = (await server.call('GET', '/api/v1/entities?q=film')).body.items;
  expect(entity).toMatchObject({ fileSize: LARGE_BYTES, fileType: 'video' });
  expect(await spooledBytes()).toBe(0);
  if (memory !== null) expect(memory.growthBytes).toBeLessThan(150_000_000);
});

/** How many bytes of uploads are gathered, but not recorded yet. */
async function spooledBytes(): Promise<number> {
  const spool = join(directory, 'uploads');
  const names = await readdir(spool, { recursive: true }).catch(() => []);
  let sum = 0;
  for (const name of names) {
    if (!/[\da-f]{32}$/.test(name)) continue;
    const found = await stat(join(spool, name)).catch(() => null);
    sum += found?.isFile() === true ? found.size : 0;
  }
  return sum;
}

/** How much the resident memory of a process grows meanwhile, at the most; `null` where that cannot be read. */
async function watchMemory(pid: number, work: () => Promise<void>): Promise<{ growthBytes: number } | null> {
  const resident = async () => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  };
  const before = await resident();
  let most = before;
  let isDone = false;
  const watching = (async () => {
    while (!isDone) {
      most = Math.max(most, await resident());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  await work().finally(() => {
    isDone = true;
  });
  await watching;
  return before === 0 ? null : { growthBytes: most - before };
}

test('a checksum of what was sent is the checksum of what is kept', async () => {
  const path = join(root, 'small.mp4');
  await writeFile(path, aFilm(200_000, 3));
  const { added } = JSON.parse((await synap('add', path)).stdout);
  const response = await server.fetch(`/api/v1/entities/${added[0].id}/content`);
  expect(sha256(Buffer.from(await response.arrayBuffer()))).toBe(sha256(await readFile(path)));
});
