// A worker that starts some five-step workflows, works until none is left, says on its output when a step begins, and can
// be killed at any moment. Usage: node crash.fixture.mjs DATABASE RECORD_FILE LIFE NUMBER_OF_RUNS
// DATABASE is a directory for PGlite, or the URL of a PostgreSQL, which several workers may share.
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { createDbosEngine, defineWorkflow } from '@synap/workflows';

const [database, recordFile, life, runs] = process.argv.slice(2);
// One small write to a file opened for appending is there whole or not at all, also when the process is killed.
const record = (...words) => appendFileSync(recordFile, `${words.join(' ')} ${life}\n`);

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

const pglite = database.startsWith('postgres') ? null : await PGlite.create({ dataDir: database });
const logger = { info: () => {}, warn: () => {}, error: () => {} };
const engine = createDbosEngine({
  connection: pglite === null ? { kind: 'postgres', connectionString: database } : { kind: 'pglite', pglite },
  workflows: [workflow],
  logger,
  pollIntervalMs: 30,
  workerTiming: { beatIntervalMs: 200, patienceMs: 1500 },
});
await engine.start();
for (let run = 0; run < Number(runs); run += 1) {
  const id = `${life}-${run}`;
  await engine.send({ id, name: 'go', data: {} });
  record('sent', id, '-');
}
await engine.idle();
const unsuccessful = (await engine.list()).filter(({ status }) => status !== 'succeeded');
await engine.stop();
await pglite?.close();
process.stdout.write(`done ${unsuccessful.length}\n`);
