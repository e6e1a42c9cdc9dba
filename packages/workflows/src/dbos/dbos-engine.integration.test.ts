import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createTemporaryDatabase } from '@synap/database/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWorkflowEngine } from '../contract.ts';
import { defineWorkflow } from '../workflow.ts';
import { createDbosEngine } from './dbos-engine.ts';

const serverUrl = process.env.SYNAP_TEST_DATABASE_URL ?? '';
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const quick = { logger, retryDelayMs: 10, pollIntervalMs: 30 };

let pglite: PGlite;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'synap-workflows-'));
  pglite = await PGlite.create({ dataDir: directory });
});
afterAll(async () => {
  await pglite.close();
  await rm(directory, { recursive: true });
});

describeWorkflowEngine('DBOS on PGlite', async (workflows) => {
  const engine = createDbosEngine({ connection: { kind: 'pglite', pglite }, workflows, ...quick });
  await engine.start();
  await engine.deleteFinished(new Date(Date.now() + 60_000));
  return { engine, end: () => engine.stop() };
});

describe.skipIf(serverUrl === '')('on PostgreSQL (set SYNAP_TEST_DATABASE_URL)', () => {
  describeWorkflowEngine('DBOS on PostgreSQL', async (workflows) => {
    const { url, drop } = await createTemporaryDatabase(serverUrl);
    const engine = createDbosEngine({ connection: { kind: 'postgres', connectionString: url }, workflows, ...quick });
    await engine.start();
    return {
      engine,
      end: async () => {
        await engine.stop();
        await drop();
      },
    };
  });
});

test('what a forgotten run waited for is forgotten with it', async () => {
  const workflow = defineWorkflow({ id: 'waiting', trigger: 'go' }, async ({ step }) => {
    await step.waitForEvent('never', { event: 'never', match: 'data.user', timeoutMs: 60_000 });
    return null;
  });
  const engine = createDbosEngine({ connection: { kind: 'pglite', pglite }, workflows: [workflow], ...quick });
  await engine.start();
  await engine.send({ id: 'of-the-forgotten', name: 'go', data: { user: 'somebody' } });
  const waits = async () => (await pglite.query('select match_value from dbos.synap_waits')).rows;
  while ((await waits()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await waits()).toEqual([{ match_value: 'somebody' }]);
  expect(await engine.forget('somebody')).toBe(1);
  expect(await waits()).toEqual([]);
  await engine.stop();
});

test('what is sent begins at once, and what waits for its turn soon after, however seldom the queues are looked at', async () => {
  let failures = 1;
  const workflow = defineWorkflow(
    { id: 'prompt', trigger: 'go', concurrency: { key: 'data.user', limit: 2 }, retries: 0 },
    ({ event, step }) =>
      step.run('work', async () => {
        if (event.data.fails === true && failures-- > 0) throw new Error('not yet');
        return null;
      }),
  );
  const seldom = { logger, retryDelayMs: 10, pollIntervalMs: 10 * 60_000 };
  const engine = createDbosEngine({ connection: { kind: 'pglite', pglite }, workflows: [workflow], ...seldom });
  await engine.start();
  for (let run = 0; run < 12; run += 1) await engine.send({ id: `prompt-${run}`, name: 'go', data: { user: 'one' } });
  await engine.send({ id: 'prompt-failing', name: 'go', data: { user: 'one', fails: true } });
  await engine.idle();
  expect(await engine.list({ status: 'failed' })).toMatchObject([{ runId: 'prompt:prompt-failing' }]);
  await engine.retry('prompt:prompt-failing');
  await engine.idle();
  expect(await engine.list({ status: 'failed' })).toEqual([]);
  await engine.stop();
});

test('two engines do not run in one process', async () => {
  const options = { connection: { kind: 'pglite', pglite }, workflows: [], ...quick } as const;
  const first = createDbosEngine(options);
  await first.start();
  await expect(createDbosEngine(options).start()).rejects.toThrow(/Another workflow engine/);
  await first.stop();
});

test('an engine that could not start leaves nothing behind that keeps the next from starting', async () => {
  const connectionString = 'postgres://nobody:nothing@127.0.0.1:1/nowhere';
  const workflow = defineWorkflow({ id: 'unlucky', trigger: 'go' }, async () => null);
  const unlucky = createDbosEngine({
    connection: { kind: 'postgres', connectionString },
    workflows: [workflow],
    ...quick,
  });
  await expect(unlucky.start()).rejects.toThrow(/ECONNREFUSED/);
  const engine = createDbosEngine({ connection: { kind: 'pglite', pglite }, workflows: [workflow], ...quick });
  await engine.start();
  await engine.send({ id: 'after-the-unlucky', name: 'go', data: {} });
  await engine.idle();
  expect(await engine.list({ status: 'failed' })).toEqual([]);
  await engine.stop();
});

test('of workflows without a limit no more than fifty runs go on at once', async () => {
  let atWork = 0;
  let highest = 0;
  const workflow = defineWorkflow({ id: 'unlimited', trigger: 'go' }, ({ step }) =>
    step.run('work', async () => {
      atWork += 1;
      highest = Math.max(highest, atWork);
      await new Promise((resolve) => setTimeout(resolve, 300));
      atWork -= 1;
      return null;
    }),
  );
  const engine = createDbosEngine({ connection: { kind: 'pglite', pglite }, workflows: [workflow], ...quick });
  await engine.start();
  for (let run = 0; run < 120; run += 1) await engine.send({ id: `unlimited-${run}`, name: 'go', data: {} });
  await engine.idle();
  expect(highest).toBeGreaterThan(1);
  expect(highest).toBeLessThanOrEqual(50);
  await engine.stop();
});

test('a run that is stopped in the middle goes on at the next start; a step that was told to stop runs again', async () => {
  const ran: string[] = [];
  let hang = true;
  let started: () => void = () => undefined;
  const isHanging = new Promise<void>((resolve) => {
    started = resolve;
  });
  const workflow = defineWorkflow({ id: 'interrupted', trigger: 'go' }, async ({ step }) => {
    await step.run('finished', async () => ran.push('finished'));
    return step.run('hanging', async ({ signal }) => {
      ran.push('begun');
      if (hang) {
        started();
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('told to stop')));
        });
      }
      return ran.push('ended');
    });
  });
  const open = () =>
    createDbosEngine({ connection: { kind: 'pglite', pglite }, workflows: [workflow], ...quick, stopPatienceMs: 50 });
  const first = open();
  await first.start();
  await first.send({ id: 'interrupted-event', name: 'go', data: {} });
  await isHanging;
  await first.stop();
  hang = false;
  const second = open();
  await second.start();
  await second.idle();
  expect(ran).toEqual(['finished', 'begun', 'begun', 'ended']);
  expect(await second.list({ status: 'failed' })).toEqual([]);
  await second.stop();
});
