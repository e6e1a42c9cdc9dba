// A process that runs five-step workflows until they are done, says on its output when a step begins, and can be killed
// at any moment. Usage: node crash.fixture.mjs DATABASE_DIRECTORY RECORD_FILE NUMBER_OF_RUNS
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { createDbosEngine, defineWorkflow } from '@synap/workflows';

const [directory, recordFile, runs] = process.argv.slice(2);
// One small write to a file opened for appending is there whole or not at all, also when the process is killed.
const record = (...words) => appendFileSync(recordFile, `${words.join(' ')}\n`);

// A few at once, so that each life comes further in some runs and the kills fall into all of their steps.
const options = { id: 'five-steps', trigger: 'go', concurrency: { key: 'name', limit: 3 } };
const workflow = defineWorkflow(options, async ({ event, step }) => {
  for (const name of ['one', 'two', 'three', 'four', 'five']) {
    await step.run(name, async () => {
      record('begin', event.id, name);
      process.stdout.write('begin\n');
      await delay(5);
      record('end', event.id, name);
      return null;
    });
  }
  return null;
});

record('life');
const pglite = await PGlite.create({ dataDir: directory });
const logger = { info: () => {}, warn: () => {}, error: () => {} };
const engine = createDbosEngine({
  connection: { kind: 'pglite', pglite },
  workflows: [workflow],
  logger,
  pollIntervalMs: 30,
});
await engine.start();
for (let run = 0; run < Number(runs); run += 1) await engine.send({ id: `run-${run}`, name: 'go', data: {} });
await engine.idle();
const finished = await engine.list({ status: 'succeeded' });
await engine.stop();
await pglite.close();
process.stdout.write(`finished ${finished.length}\n`);
