import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSynap, type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory, temporaryDirectory } from './testing/temporary-directory.ts';

let server: ServerProcess;
let directory: string;
beforeAll(async () => {
  directory = await newDataDirectory();
  server = await startServer(directory);
});
afterAll(() => server.stop());

const create = async (content: string, fields: object = {}) =>
  (await server.call('POST', '/api/v1/notes', { content, ...fields })).body.entity;
const patch = async (id: string, fields: object) => (await server.call('PATCH', `/api/v1/entities/${id}`, fields)).body;
const read = async (path: string) => (await server.call('GET', `/api/v1${path}`)).body;
/** When the last event of an entity happened: what is read as of then must not change any more. */
const lastInstant = async (id: string): Promise<string> =>
  (await read(`/entities/${id}/history`)).items.at(-1).timestamp;
/** Waits for the clock to move on, so that what follows is later. */
const tick = async (instant: string): Promise<void> => {
  while (new Date().toISOString() <= instant) await new Promise((resolve) => setImmediate(resolve));
};

describe('the past', () => {
  test('a thing, its content, its place in lists and its links are read as they were at an instant', async () => {
    const garden = await create('Tomatoes need sun.', { title: 'Garden', tags: ['home'] });
    const plan = await create('Dig in spring.', { title: 'Plan' });
    const link = { type: 'relates_to', sourceId: garden.id, targetId: plan.id };
    const { relation } = (await server.call('POST', '/api/v1/relations', link)).body;
    const then = relation.createdAt;
    await tick(then);
    await patch(garden.id, { title: 'Balcony' });
    await server.call('PUT', `/api/v1/entities/${garden.id}/content`, { content: 'Tomatoes need water.' });
    await server.call('PUT', `/api/v1/entities/${garden.id}/tags/work`);
    await server.call('DELETE', `/api/v1/relations/${relation.id}`);
    await server.call('DELETE', `/api/v1/entities/${plan.id}`);

    const asOf = `asOf=${encodeURIComponent(then)}`;
    const was = await read(`/entities/${garden.id}?${asOf}`);
    expect(was).toMatchObject({ entity: { title: 'Garden', tags: ['home'] }, relations: [{ id: relation.id }] });
    expect(await (await server.fetch(`/api/v1/entities/${garden.id}/content?${asOf}`)).text()).toBe(
      'Tomatoes need sun.',
    );
    const list = await read(`/entities?tag=home&${asOf}`);
    expect(list.items.map(({ title }: { title: string }) => title)).toEqual(['Garden']);
    expect((await read(`/entities?q=plan&${asOf}`)).items).toHaveLength(1);
    expect((await read('/entities?q=plan')).items).toEqual([]);
    const graph = await read(`/graph?root=${garden.id}&${asOf}`);
    expect(graph.nodes.map(({ title }: { title: string }) => title)).toEqual(['Garden', 'Plan']);
    expect(graph.edges).toHaveLength(1);
    expect((await read(`/graph?root=${garden.id}`)).edges).toEqual([]);
    const before = encodeURIComponent('2020-01-01T00:00:00Z');
    expect((await server.call('GET', `/api/v1/entities/${garden.id}?asOf=${before}`)).status).toBe(404);
  });

  test('the history says who did what, leads to each revision, and two revisions can be compared', async () => {
    const note = await create('one\ntwo\n', { title: 'Lines' });
    await server.call('PUT', `/api/v1/entities/${note.id}/content`, { content: 'one\nthree\n' });
    const { items } = await read(`/entities/${note.id}/history`);
    expect(items[0]).toMatchObject({ description: 'created as note “Lines”', actor: { kind: 'api_key', id: 'owner' } });
    const revisions = items.filter(({ contentUrl }: { contentUrl: string | null }) => contentUrl !== null);
    const texts = await Promise.all(
      revisions.map(async ({ contentUrl }: { contentUrl: string }) => (await server.fetch(contentUrl)).text()),
    );
    expect(texts).toEqual(['one\ntwo\n', 'one\nthree\n']);
    const [from, to] = revisions.map(({ version }: { version: number }) => version);
    const diff = await read(`/entities/${note.id}/diff?fromVersion=${from}&toVersion=${to}`);
    expect(diff).toMatchObject({ addedLines: 1, removedLines: 1 });
    expect(diff.diff).toContain('-two\n+three');
    expect((await server.call('GET', `/api/v1/entities/${note.id}/content?version=99`)).status).toBe(404);
  });

  test('a thing can be made what it was, and what it was meanwhile stays in its history', async () => {
    const note = await create('first', { title: 'First', tags: ['a'] });
    await patch(note.id, { title: 'Second', type: 'task' });
    await server.call('PUT', `/api/v1/entities/${note.id}/content`, { content: 'second' });
    await server.call('DELETE', `/api/v1/entities/${note.id}`);
    const { status, body } = await server.call('POST', `/api/v1/entities/${note.id}/revert`, {
      toVersion: note.version,
    });
    expect(status).toBe(200);
    expect(body.entity).toMatchObject({ title: 'First', type: 'note', tags: ['a'], deletedAt: null });
    expect(await (await server.fetch(`/api/v1/entities/${note.id}/content`)).text()).toBe('first');
    const beyond = await server.call('POST', `/api/v1/entities/${note.id}/revert`, { toVersion: 999 });
    expect(beyond.body).toMatchObject({ status: 422, code: 'unprocessable' });
  });
});

describe('undo', () => {
  test('a whole import is undone, after a restart, and the undo can be undone', async () => {
    const folder = join(await temporaryDirectory(), 'vault');
    await mkdir(folder);
    for (const name of ['one', 'two', 'three']) await writeFile(join(folder, `imported ${name}.md`), `Text of ${name}`);
    const added = JSON.parse((await runSynap(directory, ['add', folder, '--json'])).stdout);
    expect((await read('/entities?q=imported')).items).toHaveLength(3);
    await server.stop();
    server = await startServer(directory);
    const undone = await server.call('POST', '/api/v1/undo', { correlationId: added.correlationId });
    expect(undone.body.entities).toHaveLength(3);
    expect((await read('/entities?q=imported')).items).toEqual([]);
    expect((await read('/entities?q=imported&deleted=true')).items).toHaveLength(3);
    await server.call('POST', '/api/v1/undo', { correlationId: undone.body.undoCorrelationId });
    expect((await read('/entities?q=imported')).items).toHaveLength(3);
  });

  test('what was changed since is listed, field by field, and nothing is done unless it is forced', async () => {
    const first = await create('a', { title: 'A' });
    const correlation = '01890000-0000-7000-8000-0000000000c1';
    const together = { 'x-correlation-id': correlation };
    await server.call('PATCH', `/api/v1/entities/${first.id}`, { title: 'B' }, together);
    await server.call('PUT', `/api/v1/entities/${first.id}/tags/agent`, undefined, together);
    await patch(first.id, { title: 'C' });
    const refused = await server.call('POST', '/api/v1/undo', { correlationId: correlation });
    expect(refused).toMatchObject({ status: 409, body: { code: 'version_conflict' } });
    expect(refused.body.conflicts).toMatchObject([{ aggregateId: first.id, field: 'title' }]);
    expect((await read(`/entities/${first.id}`)).entity).toMatchObject({ title: 'C', tags: ['agent'] });
    const forced = await server.call('POST', '/api/v1/undo', { correlationId: correlation, force: true });
    expect(forced.body.entities).toMatchObject([{ title: 'A', tags: [] }]);
    const unknown = { correlationId: '01890000-0000-7000-8000-0000000000c9' };
    expect((await server.call('POST', '/api/v1/undo', unknown)).status).toBe(404);
  });

  test('the command line undoes the last thing that was done', async () => {
    const note = await create('x', { title: 'Before' });
    await patch(note.id, { title: 'After' });
    expect((await runSynap(directory, ['undo'])).stdout).toContain('Undone: 1 things');
    expect((await read(`/entities/${note.id}`)).entity.title).toBe('Before');
    const changes = JSON.parse((await runSynap(directory, ['changes', '--json', '--limit', '2'])).stdout);
    expect(changes.items).toMatchObject([{ command: 'history.undo' }, { command: 'entities.update' }]);
    expect(changes.items[1].undoneBy).toBe(changes.items[0].correlationId);
  });
});

describe('for good', () => {
  test('what is purged is gone from everywhere, and the log still verifies', async () => {
    const secret = 'the combination of the safe';
    const note = await create(secret, { title: `About ${secret}` });
    const other = await create('other');
    await server.call('POST', '/api/v1/relations', { type: 'mentions', sourceId: other.id, targetId: note.id });
    const instant = await lastInstant(note.id);
    expect((await server.call('POST', `/api/v1/entities/${note.id}/purge`)).body.code).toBe('unprocessable');
    await server.call('DELETE', `/api/v1/entities/${note.id}`);
    const purged = await server.call('POST', `/api/v1/entities/${note.id}/purge`);
    expect(purged).toMatchObject({ status: 200, body: { id: note.id, files: 1 } });
    for (const path of ['', '/content', '/history', `?asOf=${encodeURIComponent(instant)}`]) {
      expect((await server.call('GET', `/api/v1/entities/${note.id}${path}`)).status).toBe(404);
    }
    expect(JSON.stringify(await read(`/events?aggregateId=${note.id}`))).not.toContain('safe');
    expect((await read(`/entities/${other.id}`)).relations).toEqual([]);
    const verified = await runSynap(directory, ['verify', '--json']);
    expect(JSON.parse(verified.stdout).findings).toEqual([]);
    expect((await runSynap(directory, ['rebuild'])).exitCode).toBe(0);
    expect((await server.call('GET', `/api/v1/entities/${note.id}`)).status).toBe(404);
  });

  test('an account is erased from every store, and its key opens nothing any more', async () => {
    const { body: receipt, status } = await server.call('DELETE', '/api/v1/account');
    expect(status).toBe(200);
    const removed = new Map(
      receipt.stores.map((entry: { store: string; removed: number }) => [entry.store, entry.removed]),
    );
    for (const store of ['events', 'aggregates', 'event_keys', 'entities', 'files', 'users', 'workflow runs']) {
      expect(removed.get(store), store).toBeGreaterThan(0);
    }
    expect((await server.call('GET', '/api/v1/entities')).status).toBe(401);
    await server.stop();
    const traces = await runSynap(directory, ['verify', '--erased', receipt.userId, '--json']);
    expect(JSON.parse(traces.stdout).traces).toEqual([]);
    expect(traces.exitCode).toBe(0);
    server = await startServer(directory);
    expect((await read('/entities')).items).toEqual([]);
  });
});
