import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { runSynap, type ServerProcess, startServer } from './testing/server-process.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

/*
 * The first five minutes of the README, as a person types them, on one data directory; the tests build on each other.
 */

const NOTES: Record<string, string> = {
  'Health/Sleep.md': '# Sleep\n\nNo screens after ten. A dark, cool room and the same hour every night helped most.',
  'Garden/Tomatoes.md':
    '---\ntags: [garden]\n---\nPinch out the side shoots weekly and water the roots, never the leaves.',
  'Money/Pension.md': 'The employer adds three percent if I pay in four. Ask payroll for the form.',
  'Travel/Lisbon.md': 'Tram 28 is crowded; walk up to the miradouro at sunset instead.',
  'plain.txt': 'The wifi password of the cabin hangs behind the door.',
};

let root: string;
let directory: string;
let server: ServerProcess;

beforeAll(async () => {
  root = await temporaryDirectory();
  directory = join(root, 'data');
  for (const [name, content] of Object.entries(NOTES)) {
    await mkdir(join(root, 'vault', name, '..'), { recursive: true });
    await writeFile(join(root, 'vault', name), content);
  }
  await writeFile(join(root, 'vault', 'photo.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47]));
  server = await startServer(directory);
});
afterAll(() => server.stop());

const synap = (...words: string[]) => runSynap(directory, ['--json', ...words]);

test('a captured thought becomes the task that it is, due when it says', async () => {
  const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000).toLocaleDateString('sv');
  const { exitCode, stdout, stderr } = await synap('capture', 'Buy milk tomorrow');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const { entity } = JSON.parse(stdout);
  expect(entity.type).toBe('task');
  expect(entity.title).toMatch(/milk/i);
  expect(entity.task.dueDate).toBe(tomorrow);
});

test('a directory of notes is added as one import, what is no file of a known kind is named and left', async () => {
  const { exitCode, stdout } = await synap('add', join(root, 'vault'));
  const answer = JSON.parse(stdout);
  expect(exitCode).toBe(0);
  expect(answer.added.map(({ title }: { title: string }) => title).sort()).toEqual([
    'Lisbon',
    'Pension',
    'Sleep',
    'Tomatoes',
    'plain',
  ]);
  expect(answer.skipped).toEqual([join(root, 'vault', 'photo.png')]);
  const { body } = await server.call('GET', '/api/v1/events?type=entity.created&limit=200');
  const ofImport = body.items.filter(
    ({ correlationId }: { correlationId: string }) => correlationId === answer.correlationId,
  );
  expect(ofImport).toHaveLength(5);
  expect(answer.failed).toEqual([]);
});

test('adding the same directory again adds nothing twice', async () => {
  await synap('add', join(root, 'vault'));
  const { body } = await server.call('GET', '/api/v1/entities?type=note');
  expect(body.items).toHaveLength(5);
});

test('a note is found by its meaning, without a word in common', async () => {
  const search = async () => JSON.parse((await synap('search', 'how do I rest better in bed')).stdout);
  const { items } = await eventually(search, ({ items: found }) => found.length >= 5);
  expect(items[0].entity.title).toBe('Sleep');
  expect(items[0].snippet).toContain('No screens after ten');
});

test('a question is answered from the notes, with its source; one that they do not answer, with just that', async () => {
  const answer = JSON.parse((await synap('ask', 'How do I sleep better?')).stdout);
  expect(answer.kind).toBe('extractive');
  expect(answer.citations[0]).toMatchObject({ title: 'Sleep', quote: answer.parts[0].text });
  const lines = await runSynap(directory, ['ask', 'How do I sleep better?']);
  expect(lines.stdout).toContain('[1] ');
  const { answer: none, closest } = JSON.parse((await synap('ask', 'Which visa does India ask for?')).stdout);
  expect(none).toBeNull();
  expect(closest.length).toBeGreaterThan(0);
});

test('a search says how it came about, and why something was not found', async () => {
  const { body } = await server.call('GET', '/api/v1/entities?q=Sleep');
  const query = ['search', 'visa for India', '--explain', '--why-not', body.items[0].id];
  const { items, closest, explanation } = JSON.parse((await synap(...query)).stdout);
  expect([items, closest.length > 0]).toEqual([[], true]);
  expect(explanation.whyNot.reason).toBe('below_threshold');
  expect((await runSynap(directory, query)).stdout).toContain('Nothing found. What comes closest:');
});

test('history tells who did what, oldest first', async () => {
  const { body } = await server.call('GET', '/api/v1/entities?type=task');
  const { stdout } = await synap('history', body.items[0].id);
  const { items } = JSON.parse(stdout);
  expect(items.map(({ type }: { type: string }) => type)).toEqual([
    'entity.created',
    'entity.file_uploaded',
    'ai.analysis_requested',
    'ai.analysis_completed',
    'entity.type_changed',
    'entity.title_changed',
    'task.due_date_set',
    'ai.enrichment_applied',
  ]);
  expect(items.map(({ version }: { version: number }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(items[4]).toMatchObject({
    source: 'automation',
    actor: { kind: 'workflow' },
    description: 'type note → task',
  });
  expect(items[4].ai.confidence).toBeGreaterThan(0.5);
});

test('a task is completed, and is then no longer to do', async () => {
  const { body } = await server.call('GET', '/api/v1/entities?type=task');
  const { stdout } = await synap('done', body.items[0].id);
  expect(JSON.parse(stdout).entity.task).toMatchObject({ status: 'done' });
  expect(JSON.parse((await synap('tasks')).stdout).items).toEqual([]);
});

test('a person makes an account, signs in with it, and finds what the command line kept', async () => {
  const person = { email: 'ann@example.com', password: 'correct horse battery' };
  const created = await runSynap(directory, ['account', 'create', person.email], { input: `${person.password}\n` });
  expect(created).toMatchObject({ exitCode: 0 });
  const signIn = { method: 'POST', body: JSON.stringify(person), headers: { 'content-type': 'application/json' } };
  const signedIn = await fetch(`${server.url}/api/auth/sign-in/email`, signIn);
  const cookie = signedIn.headers.getSetCookie().map((each) => each.split(';')[0]);
  const read = (headers: Record<string, string>) => fetch(`${server.url}/api/v1/entities?type=note`, { headers });
  const { items } = (await (await read({ cookie: cookie.join('; ') })).json()) as { items: unknown[] };
  expect(items).toHaveLength(5);

  const { key, apiKey } = JSON.parse((await synap('keys', 'create', 'a script', '--scope', 'notes:read')).stdout);
  expect((await read({ authorization: `Bearer ${key}` })).status).toBe(200);
  expect((await synap('keys', 'revoke', apiKey.id)).exitCode).toBe(0);
  expect((await read({ authorization: `Bearer ${key}` })).status).toBe(401);
});

test('after a restart all of it is still there', async () => {
  const before = await server.call('GET', '/api/v1/entities?limit=200');
  const eventsBefore = await server.call('GET', '/api/v1/events?limit=200');
  expect(await server.stop()).toBe(0);
  server = await startServer(directory);
  expect((await server.call('GET', '/api/v1/entities?limit=200')).body).toEqual(before.body);
  expect((await server.call('GET', '/api/v1/events?limit=200')).body).toEqual(eventsBefore.body);
  const { items } = JSON.parse((await synap('search', 'how do I rest better in bed')).stdout);
  expect(items[0].entity.title).toBe('Sleep');
  const shown = await runSynap(directory, ['show', items[0].entity.id]);
  expect(shown.stdout).toContain(NOTES['Health/Sleep.md']);
});

test('without a server the command line opens the store itself, and finishes what it began', async () => {
  await server.stop();
  const captured = JSON.parse((await synap('capture', 'call the plumber on Friday at 9am')).stdout).entity;
  expect(captured).toMatchObject({ type: 'task', task: { due: { time: '09:00' } } });
  server = await startServer(directory);
  expect((await server.call('GET', `/api/v1/entities/${captured.id}`)).body.entity).toEqual(captured);
});

test('wrong usage exits with 2, a failed operation with 1, and both say what to do', async () => {
  const unknown = await runSynap(directory, ['frobnicate']);
  expect(unknown.exitCode).toBe(2);
  expect(unknown.stderr).toContain('--help');
  const missing = await runSynap(directory, ['show', '01890000-0000-7000-8000-000000000000']);
  expect(missing).toMatchObject({ exitCode: 1, stdout: '' });
  expect(missing.stderr).toContain('There is no entity');
  const nothing = await runSynap(directory, ['add', join(root, 'nowhere')]);
  expect(nothing).toMatchObject({ exitCode: 1 });
  expect(nothing.stderr).toContain('nowhere');
  const help = await runSynap(directory, ['--help']);
  expect(help.exitCode).toBe(0);
  expect(help.stdout).toContain('capture');
});

test('what the analysis was not sure of is decided, and not asked for again by another analysis', async () => {
  const { entity } = (await server.call('POST', '/api/v1/capture', { content: 'Call Pavel' })).body;
  const open = async () => (await server.call('GET', `/api/v1/suggestions?entityId=${entity.id}`)).body.items;
  const [suggestion = { id: '' }] = await eventually(open, ({ length }: { id: string }[]) => length > 0);
  expect(suggestion).toMatchObject({ field: 'tags', value: 'people/pavel', title: 'Call Pavel' });
  const declined = await synap('suggestions', 'decline', suggestion.id);
  expect(JSON.parse(declined.stdout).items).toMatchObject([{ suggestion: { id: suggestion.id, status: 'declined' } }]);
  const { rerun, differences } = JSON.parse((await synap('ai', 'rerun', '--model', 'local', '--apply')).stdout);
  expect(rerun).toMatchObject({ status: 'applied', failed: 0 });
  expect(differences.map((difference: { entity: { id: string } }) => difference.entity.id)).not.toContain(entity.id);
  expect(await open()).toEqual([]);
});
