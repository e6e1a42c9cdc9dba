import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { runSynap, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

test('work that fails for good is listed with its reason, and run again or dropped, by REST and the command line', {
  timeout: 180_000,
}, async () => {
  const directory = await newDataDirectory();
  const [files, aside] = [join(directory, 'files'), join(directory, 'aside')];
  const first = await startServer(directory);
  const ids: string[] = [];
  for (const content of ['Pay the electricity bill by 3 December', 'Call the plumber on 4 December']) {
    const body = { content, now: '2026-11-20T09:00:00Z', timezone: 'UTC' };
    ids.push((await first.call('POST', '/api/v1/capture', body)).body.entity.id);
  }
  await first.kill();
  // Before anything could be made of them their files are gone.
  await rename(files, aside);

  const server = await startServer(directory);
  const failedRuns = () => server.call('GET', '/api/v1/workflows/runs?status=failed');
  const { body: failed } = await eventually(failedRuns, (answer) => answer.body.items.length >= 2);
  expect(failed.nextCursor).toBeNull();
  for (const run of failed.items) expect(run).toMatchObject({ status: 'failed', error: expect.stringMatching(/./) });
  const listed = await runSynap(directory, ['workflows', '--json']);
  expect(JSON.parse(listed.stdout)).toEqual(failed);

  await rm(files, { recursive: true, force: true });
  await cp(aside, files, { recursive: true });
  const [retried, dropped] = failed.items;
  const path = (runId: string) => `/api/v1/workflows/runs/${encodeURIComponent(runId)}`;
  expect((await server.call('POST', `${path(retried.runId)}/retry`)).status).toBe(200);
  expect((await runSynap(directory, ['workflows', 'drop', dropped.runId])).exitCode).toBe(0);
  const read = () => Promise.all(ids.map((id) => server.call('GET', `/api/v1/entities/${id}`)));
  const isTask = (answer: { body: { entity: { type: string } } }) => answer.body.entity.type === 'task';
  const entities = await eventually(read, (answers) => answers.some(isTask));
  expect(entities.filter(isTask)).toHaveLength(1);
  expect((await failedRuns()).body.items).toHaveLength(failed.items.length - 2);
  expect((await server.call('POST', `${path(retried.runId)}/retry`)).body).toMatchObject({ code: 'unprocessable' });
  expect((await server.call('DELETE', path(dropped.runId))).status).toBe(404);
  expect((await runSynap(directory, ['workflows', 'retry'])).exitCode).toBe(2);
  await server.stop();
});
