import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserId } from '@synap/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UploadSpool } from './upload-spool.ts';

const ADA = UserId.parse('01890a5d-ac96-774b-bcce-b302099a8057');
const BOB = UserId.parse('01890a5d-ac96-774b-bcce-b302099a8058');
const NOW = new Date('2026-03-01T12:00:00Z');
const LONG_AGO = new Date('2026-02-27T12:00:00Z');

let directory: string;
let spool: UploadSpool;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'synap-spool-'));
  spool = new UploadSpool({ directory });
});
afterAll(() => rm(directory, { recursive: true }));

async function begun(userId: UserId, id: string, at: Date): Promise<void> {
  const store = await spool.storeOf(userId);
  for (const name of [id, `${id}.json`]) {
    await writeFile(join(store.directory, name), '{}');
    await utimes(join(store.directory, name), at, at);
  }
}

test('an upload that nobody has added to for a day is removed with all that was said of it; others stay', async () => {
  await begun(ADA, 'old', LONG_AGO);
  await begun(ADA, 'young', NOW);
  await begun(BOB, 'slow', NOW);
  // Begun long ago, and still being sent.
  await utimes(join(directory, BOB, 'slow.json'), LONG_AGO, LONG_AGO);
  await spool.sweep(NOW);
  expect((await readdir(join(directory, ADA))).sort()).toEqual(['young', 'young.json']);
  expect((await readdir(join(directory, BOB))).sort()).toEqual(['slow', 'slow.json']);
});

test('what is forgotten of one user is not of another', async () => {
  expect(await spool.forget(ADA)).toBe(2);
  expect(await readdir(directory)).toEqual([BOB]);
});
