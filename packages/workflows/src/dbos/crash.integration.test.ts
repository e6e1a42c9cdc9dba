import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const FIXTURE = fileURLToPath(new URL('./crash.fixture.mjs', import.meta.url));
const KILLS = 10;
const RUNS = 12;
const NAMES = ['one', 'two', 'three', 'four', 'five'];
/** A life ends so many begun steps after its first at the most, and so many milliseconds after that. */
const BEGINS_MAX = 14;
const LINGER_MAX_MS = 12;
/** Repeat a run with CRASH_SEED=…. */
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 100_000);

test(`killed again and again, every run ends, no step that finished is begun again, one that was interrupted is (seed ${SEED})`, {
  timeout: 120_000,
}, async () => {
  const root = await mkdtemp(join(tmpdir(), 'synap-crash-'));
  const recordFile = join(root, 'record');
  const words = [FIXTURE, join(root, 'database'), recordFile, String(RUNS)];
  const random = pseudoRandom(SEED);
  for (let kill = 0; kill < KILLS; kill += 1) {
    await liveUntilKilled(words, { begins: 1 + Math.floor(random() * BEGINS_MAX), lingerMs: random() * LINGER_MAX_MS });
  }
  const { output, exit } = await live(words);
  expect(exit).toEqual([0, null]);
  expect(output).toContain(`finished ${RUNS}`);

  const lives = (await readFile(recordFile, 'utf8'))
    .split('life\n')
    .map((text) => text.split('\n').filter((line) => line !== ''));
  for (const life of lives) {
    const begun = life.filter((line) => line.startsWith('begin '));
    expect(begun).toEqual([...new Set(begun)]);
  }
  const lines = lives.flat();
  for (let run = 0; run < RUNS; run += 1) {
    expect(new Set(stepsOf(lines, 'end', run))).toEqual(new Set(NAMES));
    // That the next step began shows that the one before was recorded as finished: from then on it never begins again.
    const begun = stepsOf(lines, 'begin', run).map((name) => NAMES.indexOf(name));
    expect(begun).toEqual(begun.toSorted((left, right) => left - right));
  }
  // The kills did fall into the middle of steps.
  expect(lines.filter((line) => line.startsWith('begin ')).length).toBeGreaterThan(RUNS * NAMES.length);
  await rm(root, { recursive: true });
});

/** The names of a run's steps that began or ended, as often as they did. */
function stepsOf(lines: string[], what: 'begin' | 'end', run: number): string[] {
  return lines.flatMap((line) => {
    const [verb, id, name] = line.split(' ');
    return verb === what && id === `run-${run}` && name !== undefined ? [name] : [];
  });
}

async function liveUntilKilled(words: string[], end: { begins: number; lingerMs: number }): Promise<void> {
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let begins = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'begin') begins += 1;
    if (begins === end.begins) break;
  }
  await delay(end.lingerMs);
  child.kill('SIGKILL');
  await exited;
}

async function live(words: string[]): Promise<{ output: string; exit: unknown[] }> {
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString();
  });
  return { exit: await once(child, 'close'), output };
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
