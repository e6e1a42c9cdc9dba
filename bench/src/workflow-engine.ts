import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPglite } from '@synap/database';
import { createDbosEngine, defineWorkflow, type WorkflowEvent } from '@synap/workflows';
import type { BenchTable } from './bench-table.ts';
import { milliseconds, percentile, timeEach } from './percentiles.ts';

/*
 * The embedded engine on PGlite against the plain function that it runs: a workflow of three steps that do nothing. The
 * floor is what the engine cannot do without: to commit the run, each step's result and the end of the run.
 */

const RUNS = 300;
const SINGLE_RUNS = 50;
const STEPS = ['one', 'two', 'three'];
const COMMITS_PER_RUN = STEPS.length + 2;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function engineTable(): Promise<BenchTable> {
  const directory = await mkdtemp(join(tmpdir(), 'synap-bench-'));
  const database = await openPglite({ directory });
  const ended = new Map<string, () => void>();
  const doNothing = async () => null;
  const body = async (event: WorkflowEvent, run: (id: string, action: () => Promise<null>) => Promise<null>) => {
    for (const step of STEPS) await run(step, doNothing);
    ended.get(event.id)?.();
    return null;
  };
  const workflow = defineWorkflow({ id: 'nothing', trigger: 'nothing.wanted' }, ({ event, step }) =>
    body(event, (id, action) => step.run(id, action)),
  );
  const engine = createDbosEngine({ connection: database.engine, workflows: [workflow], logger: silent });
  await engine.start();
  const eventOf = (id: string): WorkflowEvent => ({ id, name: 'nothing.wanted', data: {} });
  const untilEnd = (id: string) => new Promise<void>((resolve) => ended.set(id, resolve));
  try {
    const single = async (index: number): Promise<void> => {
      const end = untilEnd(`single-${index}`);
      await engine.send(eventOf(`single-${index}`));
      await end;
    };
    await timeEach(5, (index) => single(-1 - index));
    const alone = await timeEach(SINGLE_RUNS, single);
    const plain = await timeEach(SINGLE_RUNS, (index) => body(eventOf(`plain-${index}`), (_, action) => action()));
    const startedAt = performance.now();
    const ends = Array.from({ length: RUNS }, (_, index) => untilEnd(`many-${index}`));
    for (let index = 0; index < RUNS; index += 1) await engine.send(eventOf(`many-${index}`));
    await Promise.all(ends);
    const runsPerSecond = RUNS / ((performance.now() - startedAt) / 1000);
    await engine.idle();
    await database.queries.execute('create table floor (id int primary key, value text not null)');
    const commits = await timeEach(RUNS, (index) =>
      database.queries.execute(`insert into floor values (${index}, 'a row of a plain table')`),
    );
    const commitMs = percentile(commits, 0.5);
    const floor = 1000 / (commitMs * COMMITS_PER_RUN);
    return {
      title: 'Workflows of three empty steps, embedded engine on PGlite',
      columns: ['what', 'runs a second', 'of the floor', 'p50', 'p99'],
      rows: [
        ['plain function', '–', '–', milliseconds(percentile(plain, 0.5)), milliseconds(percentile(plain, 0.99))],
        ['one run at a time', '–', '–', milliseconds(percentile(alone, 0.5)), milliseconds(percentile(alone, 0.99))],
        [`${RUNS} runs at once`, runsPerSecond.toFixed(0), (runsPerSecond / floor).toFixed(2), '–', '–'],
        [
          `floor: ${COMMITS_PER_RUN} commits a run`,
          floor.toFixed(0),
          '1.00',
          milliseconds(commitMs * COMMITS_PER_RUN),
          '–',
        ],
      ],
      notes: ['One run at a time: from the event to the end of its last step; it waits for the queue to be looked at.'],
    };
  } finally {
    await engine.stop();
    await database.close();
    await rm(directory, { recursive: true, force: true });
  }
}
