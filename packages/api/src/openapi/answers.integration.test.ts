import { createHash } from 'node:crypto';
import { applyEnrichment } from '@synap/core';
import { CorrelationId, EntityId, type UserId } from '@synap/domain';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { openTestApi, type TestApi } from '../testing/test-api.ts';
import { createDocument } from './document.ts';

/*
 * Every route answers as the document says: the test API holds each answer to it, here and in all other tests. Here each
 * route succeeds once. What is new is asked for here, too.
 */

/** What cannot succeed here, and why. */
const NOT_HERE: Readonly<Record<string, string>> = {
  'webhooks.retryDelivery': 'a delivery is given up after a day; a test message is not tried again',
  'workflows.drop': 'no workflow runs in this test',
  'ai.reruns.applyDifferences': 'no workflow analyses anything in this test',
};

/** What is for people and their browsers. */
const PAGES = new Set(['/', '/api/docs', '/api/docs/:asset']);

const document = createDocument({ serverUrl: 'http://synap.test' });
const created = z.looseObject({ entity: z.looseObject({ id: z.string(), version: z.number() }) });

let store: TestApi;
let user: UserId;
beforeAll(async () => {
  store = await openTestApi();
  user = await store.addUser();
});
afterAll(() => store.close());

async function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${user}.read,write,admin,owner`, ...init.headers };
  const response = await store.api.fetch(new Request(new URL(path, 'http://synap.test'), { ...init, method, headers }));
  if (response.status >= 400) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}

/** Below `/api/v1`; answers the body as JSON. */
async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const init = body === undefined ? {} : { headers, body: JSON.stringify(body) };
  return (await send(method, `/api/v1${path}`, init)).json();
}

const create = async (kind: string, body: object): Promise<string> =>
  created.parse(await call('POST', `/${kind}`, body)).entity.id;

/** Every operation of REST, with whether it has succeeded. */
const succeeded = (): Record<string, boolean> => {
  const done = new Set(
    store
      .answered()
      .filter(({ status }) => status < 400)
      .map(({ operationId }) => operationId),
  );
  const all = Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/api/v1/'))
    .flatMap(([, operations]) => Object.values(operations).map(({ operationId }) => operationId));
  return Object.fromEntries(all.map((operationId) => [operationId, done.has(operationId) || operationId in NOT_HERE]));
};

test('every route that is served is in the document', () => {
  const documented = new Set(
    Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    ),
  );
  const methodsOf = (method: string, path: string): string[] =>
    // A route for all methods answers those that are described of it.
    method === 'ALL' ? [...documented].filter((each) => each.endsWith(` ${path}`)).slice(0, 1) : [`${method} ${path}`];
  const served = store.api.routes
    .filter(({ method, path }) => !PAGES.has(path) && !(method === 'ALL' && path.includes('*')))
    .flatMap(({ method, path }) => methodsOf(method, path.replace('*', ':path')))
    .filter((route) => !documented.has(route));
  expect(served, 'a procedure needs meta({ rest }), another route an entry in ownRoutes').toEqual([]);
});

test('things and what is done with them', async () => {
  const note = await create('notes', {
    content: '# Sourdough\n\nFeed the starter the evening before.',
    tags: ['baking'],
  });
  const copy = await create('notes', { content: '# Sourdough\n\nFeed the starter the evening before.' });
  const task = await create('tasks', {
    content: 'Feed it',
    dueDate: '2026-12-01',
    recurrence: 'FREQ=DAILY',
    priority: 2,
  });
  for (const kind of ['projects', 'pages', 'events', 'ideas']) await create(kind, { content: `One of the ${kind}` });
  await create('capture', { content: 'Call Anna tomorrow at 9' });
  await create('pages/from-url', { url: 'https://example.com/bread' });
  await call('GET', '/entities?type=note&limit=2');
  await call('PATCH', `/entities/${note}`, { title: 'Rye', expectedVersion: 3 });
  await call('PATCH', `/tasks/${task}`, { status: 'in_progress', dueDate: '2026-12-01T09:00:00+01:00' });
  await call('POST', `/tasks/${task}/complete`);
  await call('GET', `/tasks/${task}/occurrences`);
  await call('GET', `/entities/${task}`);
  await call('PUT', `/entities/${note}/tags/rye`);
  await call('DELETE', `/entities/${note}/tags/rye`);
  await call('GET', '/tags');
  const link = { type: 'relates_to', sourceId: note, targetId: task };
  const { relation } = z
    .object({ relation: z.looseObject({ id: z.string() }) })
    .parse(await call('POST', '/relations', link));
  await call('GET', `/entities/${note}`);
  await call('GET', `/graph?root=${note}&depth=2&types=relates_to,contains`);
  await send('GET', `/api/v1/graph/drawing?root=${note}&format=dot`);
  await call('GET', '/unresolved-links');
  await call('GET', `/entities/${note}/backlinks`);
  await call('PATCH', '/tags/baking', { name: 'bread', colour: '#c0ffee' });
  await call('PUT', `/entities/${note}/tags/rye`);
  await call('POST', '/tags/rye/merge', { into: 'bread' });
  await call('DELETE', '/tags/bread');
  await call('GET', `/entities/${note}/related`);
  await call('DELETE', `/relations/${relation.id}`);
  await send('PUT', `/api/v1/entities/${note}/content`, { body: '# Rye\n\nFeed the starter twice.' });
  const content = await send('GET', `/api/v1/entities/${note}/content`);
  await send('HEAD', `/api/v1/entities/${note}/content`);
  await send('GET', `/api/v1/entities/${note}/content`, { headers: { range: 'bytes=0-3' } });
  await send('GET', `/api/v1/entities/${note}/content`, {
    headers: { 'if-none-match': content.headers.get('etag') ?? '' },
  });
  const { items } = z
    .object({ items: z.array(z.looseObject({ version: z.number(), correlationId: z.string() })) })
    .parse(await call('GET', `/entities/${note}/history`));
  const last = items.at(-1);
  await call('GET', `/entities/${note}/diff?fromVersion=3&toVersion=${last?.version}`);
  await call('POST', `/entities/${note}/revert`, { toVersion: 3 });
  await call('POST', '/undo', { correlationId: last?.correlationId, force: true });
  await call('GET', '/history?limit=5');
  await call('GET', '/duplicates');
  await call('POST', `/entities/${note}/merge`, { duplicateId: copy, content: 'append' });
  await call('POST', `/entities/${copy}/restore`);
  await call('DELETE', `/entities/${copy}`);
  await call('POST', `/entities/${copy}/purge`);
  await call('GET', `/events?limit=200&aggregateId=${copy}`);
});

test('what is due, takes place and was done', async () => {
  const project = await create('projects', { content: 'Learn to bake' });
  const task = await create('tasks', { content: 'Buy flour', dueDate: '2026-12-01', remindAt: '2026-12-01T08:00:00Z' });
  const later = await create('tasks', { content: 'Bake' });
  for (const link of [
    { type: 'contains', sourceId: project, targetId: task },
    { type: 'blocks', sourceId: task, targetId: later },
  ]) {
    await call('POST', '/relations', link);
  }
  await call('GET', `/entities/${project}`);
  await call('GET', '/tasks?limit=1');
  const event = await create('events', { content: 'Baking', startAt: '2026-12-05T10:00:00+01:00', place: 'here' });
  await call('PATCH', `/events/${event}`, { startAt: '2026-12-06', endAt: '2026-12-07', place: null });
  await call('GET', '/activity?per=hour');
  await call('GET', '/activity/changed');
  await call('GET', '/calendar/link');
  const { url } = z.looseObject({ url: z.string() }).parse(await call('POST', '/calendar/link'));
  await send('GET', url);
  await call('DELETE', '/calendar/link');
});

test('files', async () => {
  const bytes = 'Feed the starter the evening before.';
  const checksum = createHash('sha256').update(bytes).digest('hex');
  const form = new FormData();
  form.append('file', new File([bytes], 'a.md'));
  await send('POST', '/api/v1/files', { body: form });
  const upload = { name: 'b.txt', sizeBytes: bytes.length, checksum };
  const sent = z
    .object({ uploadId: z.string(), url: z.string(), headers: z.record(z.string(), z.string()) })
    .loose()
    .parse(await call('POST', '/files/uploads', upload));
  await send('PUT', sent.url, { body: bytes, headers: sent.headers });
  const id = created.parse(await call('POST', '/files/uploads/complete', { uploadId: sent.uploadId })).entity.id;
  const { headers } = await send('GET', `/api/v1/entities/${id}/file`);
  await send('GET', headers.get('location') ?? '');
  const tus = { 'tus-resumable': '1.0.0' };
  await send('OPTIONS', '/api/v1/uploads', { headers: tus });
  const begin = async (): Promise<string> => {
    const length = { 'upload-length': String(bytes.length), 'upload-metadata': `filename ${btoa('c.txt')}` };
    const begun = await send('POST', '/api/v1/uploads', { headers: { ...tus, ...length } });
    return begun.headers.get('location') ?? '';
  };
  const piece = { ...tus, 'content-type': 'application/offset+octet-stream' };
  const one = await begin();
  await send('PATCH', one, { headers: { ...piece, 'upload-offset': '0' }, body: bytes.slice(0, 4) });
  await send('HEAD', one, { headers: tus });
  await send('PATCH', one, { headers: { ...piece, 'upload-offset': '4' }, body: bytes.slice(4) });
  await send('POST', `${one}/complete`);
  await send('DELETE', await begin(), { headers: tus });
});

test('finding, answers, suggestions and reruns', async () => {
  const note = await create('notes', { content: '# Starter\n\nThe starter lives in the blue jar.' });
  await call('GET', `/search?q=starter&mode=text&explain=true&whyNot=${note}`);
  await call('GET', '/search/status');
  const question = { body: JSON.stringify({ question: 'Where does the starter live?' }) };
  await (await send('POST', '/api/v1/ask', question)).text();
  await send('POST', '/api/v1/ask', { ...question, headers: { accept: 'application/json' } });
  for (const decision of ['accept', 'decline'])
    await call('POST', `/suggestions/${await suggest(note, decision)}/${decision}`);
  await call('GET', '/suggestions?status=declined');
  const { rerun } = z.object({ rerun: z.looseObject({ id: z.string() }) }).parse(await call('POST', '/reruns', {}));
  await call('GET', '/reruns');
  await call('GET', `/reruns/${rerun.id}`);
  await call('GET', `/reruns/${rerun.id}/differences`);
});

/** Lets an analysis that is not sure suggest a tag. @returns the id of the suggestion. */
async function suggest(note: string, tag: string): Promise<string> {
  const { entity } = z
    .looseObject({ entity: z.looseObject({ checksum: z.string() }) })
    .parse(await call('GET', `/entities/${note}`));
  const sure = { confidence: 1, value: 'note' } as const;
  const title = { confidence: 1, value: 'About it' };
  const tags = [{ confidence: 0.3, value: tag }];
  const analysis = { model: 'm', type: sure, title, due: null, recurrence: null, tags, people: [], links: [] };
  const input = { command: 'ai.enrich', id: EntityId.parse(note), analysis, checksum: entity.checksum } as const;
  const context = { userId: user, actor: { kind: 'user', id: user }, source: 'api' } as const;
  await applyEnrichment(store.parts, { ...context, correlationId: CorrelationId.parse(v7()) }, input);
  const list = z.object({ items: z.array(z.looseObject({ id: z.string() })) }).loose();
  return list.parse(await call('GET', `/suggestions?entityId=${note}`)).items[0]?.id ?? '';
}

test('webhooks and what is sent to them', async () => {
  const { webhook } = z
    .looseObject({ webhook: z.looseObject({ id: z.string() }) })
    .parse(await call('POST', '/webhooks', { url: 'https://synap.invalid/hook', eventTypes: ['task.*'] }));
  const path = `/webhooks/${webhook.id}`;
  await call('GET', '/webhooks');
  await call('GET', path);
  await call('PATCH', path, { description: 'the phone' });
  await call('POST', `${path}/rotate-secret`);
  await call('POST', `${path}/replay`, { after: '0' });
  await call('POST', `${path}/test`);
  await call('GET', `${path}/deliveries`);
  await call('POST', `${path}/pause`);
  await call('POST', `${path}/resume`, { missed: 'skip' });
  await call('DELETE', path);
});

test('the feed, and the account to its end', async () => {
  const stream = await send('GET', '/api/v1/events/stream?after=0');
  await stream.body?.cancel();
  await call('GET', '/usage');
  await call('GET', '/account/usage');
  const { apiKey } = z
    .object({ apiKey: z.looseObject({ id: z.string() }) })
    .loose()
    .parse(await call('POST', '/api-keys', { name: 'the phone', scopes: ['read'] }));
  await call('GET', '/api-keys');
  await call('DELETE', `/api-keys/${apiKey.id}`);
  await call('GET', '/workflows/runs');
  await call('POST', '/workflows/runs/any/retry');
  await call('DELETE', '/account');
  const missing = Object.entries(succeeded()).filter(([, isDone]) => !isDone);
  expect(missing, 'ask for it in this file').toEqual([]);
});
