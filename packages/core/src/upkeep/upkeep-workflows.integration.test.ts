import { generateKeyPairSync } from 'node:crypto';
import { createSigner, openEventLog } from '@synap/database';
import { EntityId } from '@synap/domain';
import { createDbosEngine, RunStatus, type WorkflowEngine } from '@synap/workflows';
import { v7 } from 'uuid';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createOfType } from '../commands/create-entity.ts';
import type { Parts } from '../parts.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { createSegmentStore } from './archive.ts';
import { upkeepDue, upkeepWorkflows } from './upkeep-workflows.ts';

/*
 * What upkeep does, day by day, on a real store and a real engine, with a clock in hand.
 */

const DAY_MS = 24 * 60 * 60 * 1000;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

let store: TestStore;
let parts: Parts;
let engine: WorkflowEngine;
let now: number;
let failures: string[];

beforeEach(async () => {
  store = await openTestStore();
  now = Date.now();
  failures = [];
  const { database, files, ids } = store.parts;
  const { privateKey } = generateKeyPairSync('ed25519');
  parts = {
    ...store.parts,
    log: await openEventLog(database, { segments: createSegmentStore({ files, ids }) }),
    clock: { now: () => new Date(now) },
    signer: createSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
  };
  const workflows = upkeepWorkflows(parts, {
    archiveAfterMs: 100 * DAY_MS,
    removeFinishedRuns: (before) => engine.deleteFinished(before),
    onFailure: (workflow, error) => failures.push(`${workflow}: ${error}`),
  });
  const { engine: connection } = database;
  engine = createDbosEngine({ connection, workflows, logger: quiet, retryDelayMs: 10, pollIntervalMs: 30 });
  await engine.start();
});
afterEach(async () => {
  await engine.stop();
  await store.close();
});

async function keepUp(): Promise<void> {
  await engine.send(upkeepDue(new Date(now)));
  await engine.idle();
}

/** A file as an upload leaves it that was broken off before its event. */
async function orphan(): Promise<string> {
  const content = new TextEncoder().encode(v7());
  const place = { userId: store.userId, folder: 'notes', entityId: EntityId.parse(v7()), extension: 'md' } as const;
  return (await parts.files.put({ ...place, content })).path;
}

async function pathsOf(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of parts.files.list(`users/${store.userId}/${folder}/`)) paths.push(path);
  return paths;
}

test('a day is kept up once, however often it is told of, and the next one anew', async () => {
  await store.note('A note that is signed for');
  await keepUp();
  await keepUp();
  expect(await pathsOf('checkpoints')).toHaveLength(1);
  const runs = (await engine.list()).map(({ workflowId, status }) => `${workflowId} ${status}`).sort();
  const ids = ['archive-events', 'remove-expired', 'sweep-files', 'write-checkpoints'];
  expect(runs).toEqual(ids.map((id) => `${id} succeeded`));
  now += DAY_MS;
  await keepUp();
  // Nothing has happened since: there is nothing new to sign.
  expect(await pathsOf('checkpoints')).toHaveLength(1);
  await store.note('Another note');
  now += DAY_MS;
  await keepUp();
  expect(await pathsOf('checkpoints')).toHaveLength(2);
  expect(failures).toEqual([]);
});

test('what nothing names is removed after a day, and what is old of the log is archived and read as before', async () => {
  const id = await store.note('A note that stays');
  const left = await orphan();
  await keepUp();
  expect(await pathsOf('notes')).toContain(left);
  const events = await parts.log.readAggregate({ userId: store.userId, aggregateId: id });
  now += 2 * DAY_MS;
  await keepUp();
  expect(await pathsOf('notes')).toHaveLength(1);
  expect(await pathsOf('archive')).toEqual([]);
  now += 200 * DAY_MS;
  await keepUp();
  expect((await pathsOf('archive')).length).toBeGreaterThan(0);
  expect(await parts.log.readAggregate({ userId: store.userId, aggregateId: id })).toEqual(events);
});

test('a sweep that would remove too much fails for good with its reason, alone, and is run again once that is mended', async () => {
  await store.note('The only note');
  const orphans = await Promise.all(Array.from({ length: 120 }, orphan));
  now += 2 * DAY_MS;
  await keepUp();
  const [failed, ...others] = await engine.list({ status: RunStatus.failed });
  expect(others).toEqual([]);
  expect(failed).toMatchObject({ workflowId: 'sweep-files' });
  expect(failed?.error).toMatch(/120 of \d+ files are named by no event/);
  expect(failures).toEqual([`sweep-files: ${failed?.error}`]);
  expect(await pathsOf('notes')).toHaveLength(121);
  expect(await pathsOf('checkpoints')).toHaveLength(1);
  for (const path of orphans.slice(60)) await parts.files.remove(path);
  await engine.retry(failed?.runId ?? '');
  await engine.idle();
  expect(await engine.list({ status: RunStatus.failed })).toEqual([]);
  expect(await pathsOf('notes')).toHaveLength(1);
});

test('what has served its time is removed, and runs of last week are forgotten', async () => {
  const keep = async () => {
    const request = { ...store.request(), idempotencyKey: 'request:the-same' };
    return (await createOfType(parts, request, { type: 'note', content: 'Sent twice', title: 'Sent twice' })).id;
  };
  const first = await keep();
  await keepUp();
  expect(await keep()).toBe(first);
  now += 3 * DAY_MS;
  await keepUp();
  // Nobody repeats a request after three days: its answer is there no more.
  expect(await keep()).not.toBe(first);
  now += 30 * DAY_MS;
  await keepUp();
  const days = new Set((await engine.list()).map(({ runId }) => runId.slice(-10)));
  expect([...days]).toEqual([new Date(now).toISOString().slice(0, 10)]);
});
