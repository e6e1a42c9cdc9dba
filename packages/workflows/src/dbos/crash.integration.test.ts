import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const FIXTURE = fileURLToPath(new URL('./crash.fixture.mjs', import.meta.url));
const KILLS = 6;
const RUNS = 8;
const STEPS = 5;
/** Repeat a run with CRASH_SEED=…. */
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 100_000);

test(`killed again and again, every run ends, and no step that had finished before the kill is begun again but the one at work (seed ${SEED})`, {
  timeout: 120_000,
}, async () => {
  const root = await mkdtemp(join(tmpdir(), 'synap-crash-'));
  const recordFile = join(root, 'record');
  const words = [FIXTURE, join(root, 'database'), recordFile, String(RUNS)];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    await once(child.stdout, 'data');
    // The moments of all kills spread over the whole life of the runs, each somewhere within its part of it.
    await delay(((SEED * (kill + 1) * 7919) % 97) + 20);
    child.kill('SIGKILL');
    await exited;
  }
  const last = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  last.stdout.on('data', (text: Buffer) => {
    output += text.toString();
  });
  expect(await once(last, 'exit')).toEqual([0, null]);
  expect(output).toContain(`finished ${RUNS}`);

  const lines = (await readFile(recordFile, 'utf8')).trim().split('\n');
  const count = (line: string) => lines.filter((each) => each === line).length;
  let repeated = 0;
  for (let run = 0; run < RUNS; run += 1) {
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      expect(count(`end run-${run} ${name}`)).toBeGreaterThanOrEqual(1);
      repeated += count(`begin run-${run} ${name}`) - 1;
    }
    const firstEnds = ['one', 'two', 'three', 'four', 'five'].map((name) => lines.indexOf(`end run-${run} ${name}`));
    expect(firstEnds).toEqual(firstEnds.toSorted((left, right) => left - right));
  }
  // A kill can interrupt each run in one step at the most: whatever was recorded as finished is not run again.
  expect(repeated).toBeLessThanOrEqual(KILLS * RUNS);
  for (let run = 0; run < RUNS; run += 1) {
    const begun = lines.filter((line) => line.startsWith('begin') && line.includes(` run-${run} `)).length;
    expect(begun).toBeLessThanOrEqual(STEPS + KILLS);
  }
  await rm(root, { recursive: true });
});
