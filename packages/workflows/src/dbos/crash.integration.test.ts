import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTemporaryDatabase } from '@synap/database/testing';
import { describe, expect, test } from 'vitest';

const FIXTURE = fileURLToPath(new URL('./crash.fixture.mjs', import.meta.url));
/** That of the fixture, over all workers. */
const LIMIT = 3;
const NAMES = ['one', 'two', 'three', 'four', 'five'];
/** A life ends so many begun steps after its start at the most, and so many milliseconds after that. */
const BEGINS_MAX = 8;
const LINGER_MAX_MS = 12;
/** On PGlite a life takes seconds to begin: there, thirty are asked for with CRASH_KILLS=30. */
const KILLS_ON_PGLITE = Number(process.env.CRASH_KILLS ?? 6);
const KILLS_ON_POSTGRES = Number(process.env.CRASH_KILLS ?? 30);
/** Each life starts so many, more than it lives to see the end of. */
const RUNS_PER_LIFE = 4;
/** Repeat a test with CRASH_SEED=…. */
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 100_000);
const TIMEOUT_MS = 360_000;

const serverUrl = process.env.SYNAP_TEST_DATABASE_URL ?? '';
const promise = (kills: number): string =>
  `every run ends, no step that finished is begun again, one that was interrupted is: killed ${kills} times (CRASH_KILLS), seed ${SEED} (CRASH_SEED)`;

test(`on PGlite ${promise(KILLS_ON_PGLITE)}`, { timeout: TIMEOUT_MS }, async () => {
  const root = await mkdtemp(join(tmpdir(), 'synap-crash-'));
  const scene = { database: join(root, 'database'), recordFile: join(root, 'record'), workers: 1 };
  await killAndJudge(scene, { kills: KILLS_ON_PGLITE });
  await rm(root, { recursive: true });
});

describe.skipIf(serverUrl === '')('workers on PostgreSQL (set SYNAP_TEST_DATABASE_URL)', () => {
  test(promise(KILLS_ON_POSTGRES), { timeout: TIMEOUT_MS }, async () => {
    await onPostgres(async (database, recordFile) =>
      killAndJudge({ database, recordFile, workers: 2 }, { kills: KILLS_ON_POSTGRES }),
    );
  });

  test('of three workers one dies for good: the others end its runs, within the limit of all', async () => {
    await onPostgres(async (database, recordFile) => {
      const scene = { database, recordFile, workers: 3 };
      const [victim, ...others] = ['first', 'second', 'third'].map((life) => startWorker(scene, life));
      await victim?.killAfter({ begins: 3, lingerMs: 0 });
      for (const worker of others) expect(await worker.finished()).toEqual({ exit: [0, null], unsuccessful: 0 });
      await judge(scene);
    });
  });
});

async function onPostgres(use: (database: string, recordFile: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'synap-crash-'));
  const { url, drop } = await createTemporaryDatabase(serverUrl);
  await use(url, join(root, 'record'));
  await drop();
  await rm(root, { recursive: true });
}

interface Scene {
  readonly database: string;
  readonly recordFile: string;
  readonly workers: number;
}

/** Lets workers live, kills one after the other at random moments, lets the last ones finish, and looks at the record. */
async function killAndJudge(scene: Scene, { kills }: { kills: number }): Promise<void> {
  const random = pseudoRandom(SEED);
  let lives = 0;
  const start = (): Worker => {
    lives += 1;
    return startWorker(scene, `life-${lives}`);
  };
  const workers = Array.from({ length: scene.workers }, start);
  for (let kill = 0; kill < kills; kill += 1) {
    const victim = Math.floor(random() * workers.length);
    const end = { begins: 1 + Math.floor(random() * BEGINS_MAX), lingerMs: random() * LINGER_MAX_MS };
    await workers[victim]?.killAfter(end);
    workers[victim] = start();
  }
  for (const worker of workers) expect(await worker.finished()).toEqual({ exit: [0, null], unsuccessful: 0 });

  const { runs, begun } = await judge(scene);
  expect(runs).toBeGreaterThan(kills);
  // The kills did fall into the middle of steps.
  expect(begun).toBeGreaterThan(runs * NAMES.length);
}

/** Looks at the record of all lives. Gives how many runs there were, and how many steps were begun. */
async function judge({ recordFile }: Scene): Promise<{ runs: number; begun: number }> {
  const lines = (await readFile(recordFile, 'utf8')).split('\n').filter((line) => line !== '');
  const begun = lines.filter((line) => line.startsWith('begin '));
  // No life begins a step twice.
  expect(begun).toEqual([...new Set(begun)]);
  const runs = new Set(lines.filter((line) => !line.startsWith('killed ')).map((line) => line.split(' ')[1] ?? ''));
  for (const run of runs) {
    expect(new Set(stepsOf(lines, 'end', run))).toEqual(new Set(NAMES));
    // That the next step began shows that the one before was recorded as finished: from then on it never begins again.
    const order = stepsOf(lines, 'begin', run).map((name) => NAMES.indexOf(name));
    expect(order).toEqual(order.toSorted((left, right) => left - right));
  }
  expect(mostAtOnce(lines)).toBeLessThanOrEqual(LIMIT);
  return { runs: runs.size, begun: begun.length };
}

/** How many runs were in the middle of a step at once, at the most. What a killed worker was at counts no more. */
function mostAtOnce(lines: string[]): number {
  const atWork = new Map<string, string>();
  let most = 0;
  for (const line of lines) {
    const [verb, run = '', , life = ''] = line.split(' ');
    if (verb === 'begin') atWork.set(run, life);
    if (verb === 'end') atWork.delete(run);
    if (verb === 'killed') for (const [each, its] of atWork) if (its === life) atWork.delete(each);
    most = Math.max(most, atWork.size);
  }
  return most;
}

/** The names of a run's steps that began or ended, as often as they did. */
function stepsOf(lines: string[], what: 'begin' | 'end', run: string): string[] {
  return lines.flatMap((line) => {
    const [verb, id, name] = line.split(' ');
    return verb === what && id === run && name !== undefined ? [name] : [];
  });
}

interface Worker {
  /** Kills it so many begun steps from now, or once it has nothing more to do. */
  killAfter(end: { begins: number; lingerMs: number }): Promise<void>;
  finished(): Promise<{ exit: unknown[]; unsuccessful: number }>;
}

function startWorker({ database, recordFile }: Scene, life: string): Worker {
  const words = [FIXTURE, database, recordFile, life, String(RUNS_PER_LIFE)];
  const child: ChildProcess = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'close');
  if (child.stdout === null) throw new Error('The worker has no output.');
  let unsuccessful = Number.NaN;
  let begins = 0;
  let onBegin: () => void = () => undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('done ')) unsuccessful = Number(line.slice('done '.length));
    if (line !== 'begin') return;
    begins += 1;
    onBegin();
  });
  return {
    killAfter: async (end) => {
      const target = begins + end.begins;
      const reached = new Promise<void>((resolve) => {
        onBegin = () => {
          if (begins >= target) resolve();
        };
      });
      await Promise.race([reached, exited]);
      await delay(end.lingerMs);
      child.kill('SIGKILL');
      await exited;
      appendFileSync(recordFile, `killed - - ${life}\n`);
    },
    finished: async () => ({ exit: await exited, unsuccessful }),
  };
}

/** Mulberry32, public domain: the same seed, the same kills. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
