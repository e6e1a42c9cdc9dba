import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { applied, readChanges } from './testing/carried-out-page.ts';
import { eventually } from './testing/eventually.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { copySource, type SourceCopy } from './testing/source-copy.ts';
import { newDataDirectory, temporaryDirectory } from './testing/temporary-directory.ts';

/** What the page's commands make, and how many files each of them changes or makes. */
const MADE = [
  /^packages\/database\/migrations\/(\d{4}_habits\.sql|meta\/(\d{4}_snapshot|_journal)\.json)$/,
  /^packages\/client\/src\/generated\/(habits|index|api)\.ts$/,
];

let server: ServerProcess | undefined;
afterAll(async () => {
  await server?.stop();
});

/** Does what the page says; gives the files that it names. */
async function carryOut(copy: SourceCopy): Promise<Set<string>> {
  const page = await readFile(join(copy.directory, 'docs', 'extending.md'), 'utf8');
  const changes = readChanges(page);
  for (const change of changes) {
    const path = join(copy.directory, change.path);
    if (change.kind === 'new') {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, change.content, { flag: 'wx' });
    } else await writeFile(path, applied(await readFile(path, 'utf8'), change));
  }
  // As `npm run` does it, without npm.
  expect(page.match(/^npm .*$/gm)).toEqual(['npm run migrations -- --name habits', 'npm run sdk']);
  await copy.run('node_modules/typescript/bin/tsc', ['-b', 'packages/api']);
  await copy.run('scripts/migrations.mjs', ['--name', 'habits']);
  await copy.run('packages/client/scripts/generate.mjs', []);
  return new Set(changes.map(({ path }) => path));
}

test('the page on extending adds a habit that works, and nothing is changed that it does not name', {
  timeout: 300_000,
}, async () => {
  const copy = await copySource(await temporaryDirectory());
  const before = await copy.checksums();
  const named = await carryOut(copy);
  const after = await copy.checksums();
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  const changed = paths.filter((path) => before.get(path) !== after.get(path));
  const isMade = (path: string): boolean => MADE.some((pattern) => pattern.test(path));
  expect(changed.filter((path) => !isMade(path)).sort()).toEqual([...named].sort());
  expect(MADE.map((pattern) => changed.filter((path) => pattern.test(path)).length)).toEqual([3, 3]);

  await copy.run('node_modules/typescript/bin/tsc', ['-b']);
  await copy.run('node_modules/vitest/vitest.mjs', ['run', 'packages/domain/src/habit']);
  const data = await newDataDirectory();
  const start = () => startServer(data, {}, { project: copy.directory });
  server = await start();
  const created = await server.call('POST', '/api/v1/habits', { content: 'Feed the starter' });
  expect(created.status, server.output()).toBe(201);
  const { id } = created.body.entity;
  const complete = (running: ServerProcess) =>
    running.call('POST', `/api/v1/habits/${id}/complete`, { timezone: 'Europe/Berlin' });
  const done = await complete(server);
  expect(done.body.habit).toMatchObject({ id, title: 'Feed the starter', streak: 1, longestStreak: 1 });
  // Whether the handler had heard of it or not: it does, by whichever process.
  await server.kill();
  server = await start();
  const { call } = server;
  const listed = (streak: number) =>
    eventually(
      async () => (await call('GET', '/api/v1/habits?timezone=Europe/Berlin')).body.items,
      ([habit]) => habit?.streak === streak,
    );
  expect(await listed(1)).toEqual([done.body.habit]);
  expect((await complete(server)).body.habit.streak).toBe(1);
  const { body } = await call('GET', '/api/v1/events?type=habit.completed');
  expect(body.items.map(({ aggregateId }: { aggregateId: string }) => aggregateId)).toEqual([id]);
  const undo = async (correlationId: string) => (await call('POST', '/api/v1/undo', { correlationId })).body;
  const { undoCorrelationId } = await undo(body.items[0].correlationId);
  await listed(0);
  await undo(undoCorrelationId);
  await listed(1);
  const note = await call('POST', '/api/v1/notes', { content: 'No habit' });
  expect((await call('POST', `/api/v1/habits/${note.body.entity.id}/complete`, {})).status).toBe(422);
});
