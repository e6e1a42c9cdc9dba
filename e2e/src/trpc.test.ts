import type { AppRouter } from '@synap/api';
import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

let server: ServerProcess;

beforeAll(async () => {
  server = await startServer(await newDataDirectory());
});
afterAll(() => server.stop());

function client(key = server.ownerKey) {
  const headers = { authorization: `Bearer ${key}` };
  return createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${server.url}/trpc`, headers })] });
}

test('what is captured over tRPC is a note at once and a task soon', async () => {
  const { entity } = await client().capture.thought.mutate({
    content: 'Pay the electricity bill by 3 December',
    now: '2026-11-20T09:00:00+01:00',
    timezone: 'Europe/Berlin',
  });
  expect(entity).toMatchObject({ type: 'note', version: 3, tags: [] });
  const task = await eventually(
    () => client().entities.get.query({ id: entity.id }),
    ({ entity: present }) => present.type === 'task',
  );
  expect(task.task?.due).toEqual({ date: '2026-12-03', time: null, timezone: 'Europe/Berlin' });
  expect(task.provenance.type).toMatchObject({ by: 'ai' });
});

test('the calls of one batch are each answered', async () => {
  const trpc = client();
  const { entity } = await trpc.notes.create.mutate({ content: 'Batch me', tags: ['#Home', 'home'] });
  const [details, tags, history] = await Promise.all([
    trpc.entities.get.query({ id: entity.id }),
    trpc.tags.list.query({}),
    trpc.entities.history.query({ id: entity.id }),
  ]);
  expect(details.tags).toEqual(['home']);
  expect(tags.items).toEqual([{ name: 'home', count: 1, inContent: 0, colour: null }]);
  expect(history.items).toHaveLength(3);
});

test('a graph is at one address in whichever format', async () => {
  const { entity } = await client().notes.create.mutate({ content: 'A root' });
  const read = async (format: string) => {
    const response = await server.fetch(`/api/v1/graph?root=${entity.id}&format=${format}`);
    await response.body?.cancel();
    return [response.status, response.headers.get('content-type')?.split(';')[0]];
  };
  expect(await read('json')).toEqual([200, 'application/json']);
  expect(await read('dot')).toEqual([200, 'text/vnd.graphviz']);
  expect(await read('mermaid')).toEqual([200, 'text/vnd.mermaid']);
  expect(await read('svg')).toEqual([400, 'application/problem+json']);
});

test('what a person chose is not changed by analysis', async () => {
  const trpc = client();
  const { entity } = await trpc.capture.thought.mutate({ content: 'Buy a new bike pump tomorrow' });
  await trpc.entities.update.mutate({ id: entity.id, type: 'idea', title: 'My bike' });
  const { items } = await eventually(
    () => trpc.entities.history.query({ id: entity.id }),
    (history) => history.items.some(({ type }) => type === 'ai.enrichment_applied'),
  );
  const present = await trpc.entities.get.query({ id: entity.id });
  const isPersonFirst =
    items.findIndex(({ command }) => command === 'entities.update') <
    items.findIndex(({ type }) => type === 'ai.enrichment_applied');
  expect(present.entity).toMatchObject({ type: 'idea', title: 'My bike' });
  if (isPersonFirst) expect(present.provenance.title).toMatchObject({ by: 'person' });
});

test('relations link two things, show at both, and go', async () => {
  const trpc = client();
  const { entity: project } = await trpc.projects.create.mutate({ content: 'Move house' });
  const { entity: note } = await trpc.notes.create.mutate({ content: 'Boxes are in the cellar' });
  const link = { type: 'contains', sourceId: project.id, targetId: note.id } as const;
  const { relation } = await trpc.relations.create.mutate(link);
  expect((await trpc.relations.create.mutate(link)).relation).toEqual(relation);
  expect((await trpc.entities.get.query({ id: note.id })).relations).toEqual([relation]);
  await trpc.relations.delete.mutate({ id: relation.id });
  expect((await trpc.entities.get.query({ id: project.id })).relations).toEqual([]);
});

test('errors are typed, with the same code as on REST', async () => {
  const failure = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof TRPCClientError)) throw new Error('The call did not fail as it should have.');
    return error.data;
  };
  const id = '01890000-0000-7000-8000-000000000000';
  expect(await failure(client().entities.get.query({ id }))).toMatchObject({ code: 'not_found', httpStatus: 404 });
  expect(await failure(client().notes.create.mutate({ content: ' ' }))).toMatchObject({
    code: 'validation_failed',
    httpStatus: 400,
    fields: [{ field: 'content' }],
  });
  expect(await failure(client('synap_wrong').tags.list.query({}))).toMatchObject({
    code: 'unauthenticated',
    httpStatus: 401,
  });
  expect(await failure(client('synap_wrong').notes.create.mutate({ content: 'x' }))).toMatchObject({
    code: 'unauthenticated',
    httpStatus: 401,
  });
  const { entity } = await client().notes.create.mutate({ content: 'conflict' });
  const stale = client().entities.delete.mutate({ id: entity.id, expectedVersion: 9 });
  expect(await failure(stale)).toMatchObject({ code: 'version_conflict', httpStatus: 409, currentVersion: 2 });
});
