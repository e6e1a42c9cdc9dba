import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readVerified } from '../read-all.ts';
import { createLocalFileStore } from './local-file-store.ts';

/** How many processes are killed, and how many milliseconds after its first put each lives at the most. */
const LIVES = 12;
const LIFE_MAX_MS = 60;
const seed = Number(process.hrtime.bigint() % 1_000_000n);

/** Puts random contents for ever, four at a time, and prints the path of each that is acknowledged. */
const WRITER = `
  import { randomBytes, randomInt } from 'node:crypto';
  import { createLocalFileStore } from '@synap/storage';
  const files = await createLocalFileStore({ directory: process.argv[1], now: new Date() });
  const address = {
    userId: '01890a5d-ac96-774b-bcce-b302099a8057',
    folder: 'notes',
    extension: 'md',
  };
  const entityIds = Array.from({ length: 50 }, (_, index) => '01890a5d-ac96-774b-bcce-b302099a80' + (10 + index));
  async function* parts() {
    for (let left = randomInt(1, 12); left > 0; left -= 1) yield randomBytes(randomInt(1, 40_000));
  }
  async function write() {
    for (;;) {
      const { path } = await files.put({ ...address, entityId: entityIds[randomInt(50)], content: parts() });
      process.stdout.write(path + '\\n');
    }
  }
  await Promise.all([write(), write(), write(), write()]);
`;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'synap-crash-'));
});
afterAll(() => rm(directory, { recursive: true }));

it('a killed writer loses nothing that it acknowledged and leaves nothing half-written to be seen', async () => {
  console.info(`crash test: seed ${seed}`);
  const random = pseudoRandom(seed);
  const acknowledged = new Set<string>();
  for (let life = 0; life < LIVES; life += 1) await writeUntilKilled(random() * LIFE_MAX_MS, acknowledged);

  // The kills did fall into the middle of puts.
  expect(await readdir(join(directory, 'tmp'))).not.toEqual([]);

  // A day later, so that the drafts of the killed are swept too.
  const files = await createLocalFileStore({ directory, now: new Date(Date.now() + 25 * 60 * 60 * 1000) });
  expect(await readdir(join(directory, 'tmp'))).toEqual([]);
  const seen = new Set<string>();
  for await (const { path } of files.list('')) {
    await readVerified(files, path);
    seen.add(path);
  }
  expect(acknowledged.size).toBeGreaterThan(LIVES);
  expect([...acknowledged].filter((path) => !seen.has(path))).toEqual([]);
});

async function writeUntilKilled(lifeMs: number, acknowledged: Set<string>): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, directory], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  let isCounting = false;
  for await (const path of lines) {
    // A line that was cut off by the kill was not heard, so it acknowledged nothing.
    if (/^users\/.+\.md$/.test(path)) acknowledged.add(path);
    if (!isCounting) setTimeout(() => child.kill('SIGKILL'), lifeMs);
    isCounting = true;
  }
  const [, signal] = await exited;
  expect(signal).toBe('SIGKILL');
}

/** Mulberry32, by Tommy Ettinger (public domain): small, and the same for the same seed. */
function pseudoRandom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
