import { setTimeout as delay } from 'node:timers/promises';
import { applyEnrichment, createApiKey, revokeApiKey } from '@synap/core';
import { saveTest } from '@synap/database';
import { BroadScope, CorrelationId, DeliveryId, EntityId, type Scope, UserId, WebhookId } from '@synap/domain';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { appRouter } from './routers/router.ts';
import { openTestApi, type TestApi } from './testing/test-api.ts';
import type { ProcedureMeta } from './trpc/procedures.ts';

/*
 * Every procedure, over tRPC and by its REST route, and every route that is none's: asked by nobody, by keys that are
 * good no more, by keys that may not, and by another user with the ids of things that are not theirs. Whatever is new is
 * walked by itself, once it says here what it is asked with; until then these tests fail.
 */

/** In every text of the owner's, and in no other. */
const SECRET = 'zanzibar';

interface Asked {
  readonly input: Record<string, unknown>;
  /** Whether the input names things of the owner: another user finds nothing then. */
  readonly names?: boolean;
}

let store: TestApi;
let ids: {
  note: string;
  other: string;
  task: string;
  event: string;
  relation: string;
  correlation: string;
  upload: string;
  begun: string;
  key: string;
  rerun: string;
  suggestion: string;
  webhook: string;
  delivery: string;
};
let keys: Record<'owner' | 'stranger' | 'leaving' | 'readOnly' | 'writeOnly' | 'revoked' | 'expired', string>;

const checksum = 'a'.repeat(64);
const STREAM_MOMENT_MS = 300;

/** What each procedure is asked with. */
const asked = (): Record<string, Asked> => {
  const note = { id: ids.note };
  const webhook = { id: ids.webhook };
  const file = { name: 'a.md', sizeBytes: 5, checksum };
  return {
    'capture.thought': { input: { content: 'mine' } },
    ...Object.fromEntries(
      ['notes', 'tasks', 'projects', 'pages', 'events', 'ideas'].map((kind) => [
        `${kind}.create`,
        { input: { content: 'mine' } },
      ]),
    ),
    'notes.search': { input: { q: SECRET } },
    'pages.fromUrl': { input: { url: 'https://example.com/', attachTo: ids.note }, names: true },
    'tasks.list': { input: {} },
    'tasks.update': { input: { id: ids.task, status: 'done' }, names: true },
    'tasks.complete': { input: { id: ids.task }, names: true },
    'tasks.occurrences': { input: { id: ids.task }, names: true },
    'events.update': { input: { id: ids.event, place: 'taken over' }, names: true },
    'events.list': { input: { aggregateId: ids.note } },
    'events.subscribe': { input: { after: '0' } },
    'calendar.readLink': { input: {} },
    'calendar.createLink': { input: {} },
    'calendar.revokeLink': { input: {} },
    'entities.list': { input: {} },
    'entities.get': { input: note, names: true },
    'entities.update': { input: { ...note, title: 'taken over' }, names: true },
    'entities.delete': { input: note, names: true },
    'entities.restore': { input: note, names: true },
    'entities.purge': { input: note, names: true },
    'entities.revert': { input: { ...note, toVersion: 1 }, names: true },
    'entities.diff': { input: { ...note, fromVersion: 1, toVersion: 2 }, names: true },
    'entities.history': { input: note, names: true },
    'entities.content': { input: note, names: true },
    'entities.updateContent': { input: { ...note, content: 'taken over' }, names: true },
    'entities.related': { input: note, names: true },
    'entities.backlinks': { input: note, names: true },
    'entities.duplicates': { input: {} },
    'entities.merge': { input: { ...note, duplicateId: ids.other }, names: true },
    'files.upload': { input: { attachTo: ids.note }, names: true },
    'files.createUpload': { input: { ...file, attachTo: ids.note }, names: true },
    'files.completeUpload': { input: { uploadId: ids.upload }, names: true },
    'files.signedUrl': { input: note, names: true },
    'tags.list': { input: {} },
    'tags.update': { input: { tag: SECRET, name: 'mine' }, names: true },
    'tags.merge': { input: { tag: SECRET, into: 'mine' }, names: true },
    'tags.delete': { input: { tag: SECRET }, names: true },
    'tags.add': { input: { ...note, name: 'mine' }, names: true },
    'tags.remove': { input: { ...note, name: SECRET }, names: true },
    'relations.create': { input: { type: 'blocks', sourceId: ids.note, targetId: ids.other }, names: true },
    'relations.graph': { input: { root: ids.note }, names: true },
    'relations.drawGraph': { input: { root: ids.note, format: 'dot' }, names: true },
    'relations.unresolved': { input: {} },
    'relations.delete': { input: { id: ids.relation }, names: true },
    'history.list': { input: {} },
    'history.undo': { input: { correlationId: ids.correlation, force: true }, names: true },
    'search.query': { input: { q: SECRET, whyNot: ids.note }, names: true },
    'search.status': { input: {} },
    'ai.ask': { input: { question: `What about ${SECRET}?` } },
    'ai.suggestions.list': { input: { entityId: ids.note } },
    'ai.suggestions.accept': { input: { id: ids.suggestion }, names: true },
    'ai.suggestions.decline': { input: { id: ids.suggestion }, names: true },
    'ai.reruns.start': { input: {} },
    'ai.reruns.list': { input: {} },
    'ai.reruns.get': { input: { id: ids.rerun }, names: true },
    'ai.reruns.differences': { input: { id: ids.rerun }, names: true },
    'ai.reruns.applyDifferences': { input: { id: ids.rerun }, names: true },
    'usage.list': { input: {} },
    'activity.read': { input: {} },
    'activity.changed': { input: {} },
    'account.erase': { input: {} },
    'account.usage': { input: {} },
    'apiKeys.list': { input: {} },
    'apiKeys.create': { input: { name: 'mine', scopes: ['read'] } },
    'apiKeys.revoke': { input: { id: ids.key }, names: true },
    'store.verify': { input: {} },
    'store.rebuild': { input: {} },
    'store.rebuildIndex': { input: {} },
    'store.moveFiles': { input: { to: 'local' } },
    'store.findTraces': { input: { userId: ids.note } },
    'store.checkpoint': { input: {} },
    'webhooks.list': { input: {} },
    'webhooks.create': { input: { url: 'https://example.com/' } },
    'webhooks.get': { input: webhook, names: true },
    'webhooks.update': { input: { ...webhook, url: 'https://example.com/stolen' }, names: true },
    'webhooks.pause': { input: webhook, names: true },
    'webhooks.resume': { input: webhook, names: true },
    'webhooks.rotateSecret': { input: webhook, names: true },
    'webhooks.replay': { input: { ...webhook, after: '0' }, names: true },
    'webhooks.sendTest': { input: webhook, names: true },
    'webhooks.deliveries': { input: webhook, names: true },
    'webhooks.retryDelivery': { input: { ...webhook, deliveryId: ids.delivery }, names: true },
    'webhooks.delete': { input: webhook, names: true },
    'workflows.list': { input: {} },
    'workflows.retry': { input: { runId: 'any' } },
    'workflows.drop': { input: { runId: 'any' } },
  };
};

/** The routes that are no procedure's. */
const ownRoutes = (): Record<string, Asked & { scope: 'read' | 'write'; path: string; init?: RequestInit }> => {
  const content = `/api/v1/entities/${ids.note}/content`;
  const tus = { 'tus-resumable': '1.0.0' };
  const attached = Buffer.from(ids.note).toString('base64');
  const begin = { ...tus, 'upload-length': '6', 'upload-metadata': `attachTo ${attached}` };
  const known = `/api/v1/uploads/${ids.begun}`;
  const piece = { ...tus, 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' };
  return {
    'GET /api/v1/entities/:id/content': { input: {}, names: true, scope: 'read', path: content },
    'GET /api/v1/graph': {
      input: {},
      names: true,
      scope: 'read',
      path: `/api/v1/graph?root=${ids.note}&format=json`,
    },
    'GET /api/v1/graph/drawing': {
      input: {},
      names: true,
      scope: 'read',
      path: `/api/v1/graph/drawing?root=${ids.note}&format=mermaid`,
    },
    'GET /api/v1/events/stream': { input: {}, scope: 'read', path: '/api/v1/events/stream?after=0' },
    'PUT /api/v1/entities/:id/content': {
      input: {},
      names: true,
      scope: 'write',
      path: content,
      init: { body: 'taken over' },
    },
    'GET /api/v1/entities/:id/file': {
      input: {},
      names: true,
      scope: 'read',
      path: `/api/v1/entities/${ids.note}/file`,
    },
    'POST /api/v1/files': {
      input: {},
      names: true,
      scope: 'write',
      path: `/api/v1/files?name=a.txt&attachTo=${ids.note}`,
      init: { body: 'mine' },
    },
    'POST /api/v1/ask': {
      input: {},
      scope: 'read',
      path: '/api/v1/ask',
      init: { body: JSON.stringify({ question: `What about ${SECRET}?` }) },
    },
    'ALL /api/v1/uploads': {
      input: {},
      names: true,
      scope: 'write',
      path: '/api/v1/uploads',
      init: { method: 'POST', headers: begin },
    },
    'HEAD /api/v1/uploads/:id': { input: {}, names: true, scope: 'write', path: known, init: { headers: tus } },
    'ALL /api/v1/uploads/:id': {
      input: {},
      names: true,
      scope: 'write',
      path: known,
      init: { method: 'PATCH', headers: piece, body: 'stolen' },
    },
    'POST /api/v1/uploads/:id/complete': { input: {}, names: true, scope: 'write', path: `${known}/complete` },
  };
};

const definition = z.custom<{ _def: { type: 'query' | 'mutation' | 'subscription'; meta?: ProcedureMeta } }>();
const procedures = Object.entries(appRouter._def.procedures as Record<string, unknown>).map(([path, procedure]) => {
  const { type, meta } = definition.parse(procedure)._def;
  return { path, type, meta: meta ?? {} };
});

/** One way of asking for something. */
interface Way {
  readonly name: string;
  readonly scope: BroadScope;
  readonly isForOwner: boolean;
  readonly names: boolean;
  readonly request: (key: string | null) => Request;
}

const at = (path: string): string => `http://synap.test${path}`;

function overTrpc({ path, type, meta }: (typeof procedures)[number], { input, names = false }: Asked): Way {
  const request = (key: string | null): Request => {
    const json = JSON.stringify(input);
    if (type !== 'mutation') {
      return new Request(at(`/trpc/${path}?input=${encodeURIComponent(json)}`), { headers: headersOf(key) });
    }
    if (path !== 'files.upload') return new Request(at(`/trpc/${path}`), post(key, json));
    const form = new FormData();
    form.append('file', new File(['mine'], 'mine.txt'));
    for (const [field, value] of Object.entries(input)) form.append(field, String(value));
    return new Request(at(`/trpc/${path}`), { method: 'POST', body: form, headers: headersOf(key) });
  };
  return { name: `trpc ${path}`, names, request, ...accessOf(meta) };
}

function asRest({ meta }: (typeof procedures)[number], { input, names = false }: Asked): Way[] {
  const { rest } = meta;
  if (rest === undefined) return [];
  const fields = new Map(Object.entries(input));
  const path = rest.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = String(fields.get(name));
    fields.delete(name);
    return encodeURIComponent(value);
  });
  const isBodiless = rest.method === 'GET';
  const query = isBodiless
    ? `?${new URLSearchParams([...fields].map(([name, value]): [string, string] => [name, String(value)]))}`
    : '';
  const request = (key: string | null): Request =>
    new Request(at(`/api/v1${path}${query}`), {
      ...(isBodiless ? { headers: headersOf(key) } : post(key, JSON.stringify(Object.fromEntries(fields)))),
      method: rest.method,
    });
  return [{ name: `${rest.method} ${rest.path}`, names, request, ...accessOf(meta) }];
}

function accessOf({ scope, isForOwner = false }: ProcedureMeta): Pick<Way, 'scope' | 'isForOwner'> {
  if (scope === undefined) throw new Error('There is a procedure that does not say which scope opens it.');
  return { scope, isForOwner };
}

function headersOf(key: string | null): Record<string, string> {
  return key === null ? {} : { authorization: `Bearer ${key}` };
}

function post(key: string | null, body: string): RequestInit {
  return { method: 'POST', body, headers: { ...headersOf(key), 'content-type': 'application/json' } };
}

/** Every way of asking for anything; what ends an account comes last. */
function everyWay(): Way[] {
  const inputs = asked();
  const ofProcedures = procedures
    .toSorted((one, other) => Number(one.path === 'account.erase') - Number(other.path === 'account.erase'))
    .flatMap((procedure) => {
      const input = inputs[procedure.path];
      return input === undefined ? [] : [overTrpc(procedure, input), ...asRest(procedure, input)];
    });
  const ofRoutes = Object.entries(ownRoutes()).map(([name, { names = false, scope, path, init = {} }]): Way => {
    const method = init.method ?? name.split(' ')[0] ?? 'GET';
    const request = (key: string | null): Request =>
      new Request(at(path), { ...init, method, headers: { ...init.headers, ...headersOf(key) } });
    return { name, names, scope, isForOwner: false, request };
  });
  return [...ofRoutes, ...ofProcedures];
}

async function ask(way: Way, key: string | null): Promise<{ status: number; text: string; headers: string }> {
  const response = await store.api.fetch(way.request(key), { clientAddress: '203.0.113.7' });
  const text = await readText(response);
  // What tRPC refuses of a subscription, it says in the stream.
  const refused = /^event: serialized-error\ndata: (.*)$/m.exec(text)?.[1];
  const status = refused === undefined ? response.status : JSON.parse(refused).data.httpStatus;
  return { status, text, headers: JSON.stringify([...response.headers]) };
}

/** Of a stream that does not end, what it says within a moment: its greeting, and an event or why it is refused. */
async function readText(response: Response): Promise<string> {
  if (!(response.headers.get('content-type') ?? '').startsWith('text/event-stream')) return response.text();
  const reader = response.body?.getReader();
  const moment = delay(STREAM_MOMENT_MS, undefined);
  let text = '';
  for (;;) {
    const part = await Promise.race([reader?.read(), moment]);
    if (part === undefined || part.done) break;
    text += new TextDecoder().decode(part.value);
  }
  await reader?.cancel();
  return text;
}

/** The statuses that each way answers this key. */
async function statuses(ways: readonly Way[], key: string | null): Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  for (const way of ways) answers[way.name] = (await ask(way, key)).status;
  return answers;
}

const all = (ways: readonly Way[], status: number): Record<string, number> =>
  Object.fromEntries(ways.map(({ name }) => [name, status]));

async function newKey(
  userId: UserId,
  scopes: Scope[],
  { madeAgoMs = 0, ...expiry }: { madeAgoMs?: number; expiresAt?: Date } = {},
): Promise<{ id: string; key: string }> {
  const parts = { ...store.parts, clock: { now: () => new Date(Date.now() - madeAgoMs) } };
  const { apiKey, key } = await createApiKey(parts, contextOf(userId), { name: 'a key', scopes, ...expiry }, scopes);
  return { id: apiKey.id, key };
}

async function asOwner<Answer>(method: string, path: string, body: unknown): Promise<Answer> {
  const init = body === undefined ? { headers: headersOf(keys.owner) } : post(keys.owner, JSON.stringify(body));
  const request = new Request(at(path), { ...init, method });
  return (await (await store.api.fetch(request)).json()) as Answer;
}

beforeAll(async () => {
  store = await openTestApi();
  const everything = Object.values(BroadScope);
  const [owner, stranger, leaving] = [await store.addUser(), await store.addUser(), await store.addUser()];
  const revoked = await newKey(owner, everything);
  await revokeApiKey(store.parts, contextOf(owner), { id: revoked.id });
  const justNow = { madeAgoMs: 60_000, expiresAt: new Date(Date.now() - 1) };
  const mine = await newKey(owner, everything);
  keys = {
    owner: mine.key,
    stranger: (await newKey(stranger, everything)).key,
    leaving: (await newKey(leaving, everything)).key,
    readOnly: (await newKey(owner, ['read'])).key,
    writeOnly: (await newKey(owner, ['write'])).key,
    revoked: revoked.key,
    expired: (await newKey(owner, everything, justNow)).key,
  };
  type Created = { entity: { id: string } };
  const create = async (kind: string, content: string) =>
    (await asOwner<Created>('POST', `/api/v1/${kind}`, { content, tags: [SECRET] })).entity.id;
  const [note, other, task, event] = [
    await create('notes', `The ${SECRET} of the owner`),
    await create('notes', `Another ${SECRET}`),
    await create('tasks', `Do the ${SECRET}`),
    await create('events', `Meet the ${SECRET}`),
  ];
  const link = { type: 'relates_to', sourceId: note, targetId: other };
  const { relation } = await asOwner<{ relation: { id: string } }>('POST', '/api/v1/relations', link);
  const upload = { name: 'a.md', sizeBytes: 5, checksum, attachTo: note };
  const { uploadId } = await asOwner<{ uploadId: string }>('POST', '/api/v1/files/uploads', upload);
  const tus = { ...headersOf(mine.key), 'tus-resumable': '1.0.0', 'upload-length': '6' };
  const begun = await store.api.fetch(new Request(at('/api/v1/uploads'), { method: 'POST', headers: tus }));
  const history = await store.api.fetch(
    new Request(at(`/api/v1/entities/${note}/history`), { headers: headersOf(mine.key) }),
  );
  const { rerun } = await asOwner<{ rerun: { id: string } }>('POST', '/api/v1/reruns', {});
  const { items } = (await history.json()) as { items: { correlationId: string }[] };
  ids = {
    note,
    other,
    task,
    event,
    relation: relation.id,
    correlation: items[0]?.correlationId ?? '',
    upload: uploadId,
    begun: begun.headers.get('location')?.split('/').at(-1) ?? '',
    key: mine.id,
    rerun: rerun.id,
    suggestion: await suggest(owner, note),
    ...(await tellOwner(owner)),
  };
});
afterAll(() => store.close());

/** Lets an analysis that is not sure suggest a tag. @returns the id of the suggestion. */
async function suggest(owner: UserId, note: string): Promise<string> {
  type Read = { entity: { checksum: string } };
  const { entity } = await asOwner<Read>('GET', `/api/v1/entities/${note}`, undefined);
  const sure = { confidence: 1, value: 'note' } as const;
  const title = { confidence: 1, value: `About ${SECRET}` };
  const tags = [{ confidence: 0.3, value: `${SECRET}-perhaps` }];
  const analysis = { model: 'm', type: sure, title, due: null, recurrence: null, tags, people: [], links: [] };
  const input = { command: 'ai.enrich', id: EntityId.parse(note), analysis, checksum: entity.checksum } as const;
  await applyEnrichment(store.parts, contextOf(owner), input);
  const { items } = await asOwner<{ items: { id: string }[] }>('GET', '/api/v1/suggestions', undefined);
  return items[0]?.id ?? '';
}

/** Has the owner told of what happens, and lets a test of it fail. */
async function tellOwner(owner: UserId): Promise<{ webhook: string; delivery: string }> {
  const input = { url: `https://${SECRET}.example/`, description: SECRET };
  const { webhook } = await asOwner<{ webhook: { id: string } }>('POST', '/api/v1/webhooks', input);
  const id = DeliveryId.parse(v7());
  await saveTest(
    store.parts.database.queries,
    { userId: owner, webhookId: WebhookId.parse(webhook.id) },
    {
      delivery: { id, messageId: `msg_${SECRET}`, event: null, eventType: 'webhook.test', isReplay: false },
      attempt: {
        at: new Date().toISOString(),
        durationMs: 1,
        status: 500,
        answer: SECRET,
        error: null,
        isReplay: false,
      },
      isTaken: false,
      now: new Date(),
    },
  );
  return { webhook: webhook.id, delivery: id };
}

function contextOf(userId: UserId) {
  return {
    userId,
    actor: { kind: 'user', id: userId },
    source: 'api',
    correlationId: CorrelationId.parse(v7()),
  } as const;
}

describe('what there is', () => {
  test('says which scope opens it, and here what it is asked with', () => {
    for (const { path, meta } of procedures) {
      expect({ path, scope: meta.scope }).toEqual({ path, scope: expect.stringMatching(/^(read|write|admin)$/) });
    }
    expect(Object.keys(asked()).sort()).toEqual(procedures.map(({ path }) => path).sort());
    const walked = new Set(everyWay().map(({ name }) => name));
    const served = store.api.routes
      .filter(({ path }) => path.startsWith('/api/v1/') && !path.includes('*'))
      .map(({ method, path }) => `${method} ${path}`)
      .filter((route) => !walked.has(route) && !walked.has(route.replace('/api/v1', '')))
      // Middleware stands in the list, too, for all methods of a path that is a route's.
      .filter((route) => !route.startsWith('ALL ') || ![...walked].some((way) => way.endsWith(route.slice(3))));
    expect(served).toEqual([]);
  });

  test('that changes anything is opened by no key that may only read', () => {
    const changing = procedures.filter(({ type, path }) => type === 'mutation' && path !== 'ai.ask');
    expect(changing.filter(({ meta }) => meta.scope === 'read')).toEqual([]);
  });
});

describe.each([
  ['nobody', () => null],
  ['a key that is none', () => `synap_${'A'.repeat(43)}`],
  ['a key that was revoked', () => keys.revoked],
  ['a key that has expired', () => keys.expired],
])('%s', (_, key) => {
  test('is told to sign in, wherever it asks', async () => {
    const ways = everyWay();
    expect(await statuses(ways, key())).toEqual(all(ways, 401));
  });
});

describe('a key', () => {
  test('that may only read opens nothing that writes or administers', async () => {
    const ways = everyWay().filter(({ scope }) => scope !== 'read');
    expect(await statuses(ways, keys.readOnly)).toEqual(all(ways, 403));
  });

  test('that may only write reads nothing', async () => {
    const ways = everyWay().filter(({ scope }) => scope !== 'write');
    expect(await statuses(ways, keys.writeOnly)).toEqual(all(ways, 403));
  });

  test('of one kind of thing opens what is about that kind, and nothing else', async () => {
    const owner = UserId.parse((await store.parts.database.queries.query.users.findFirst())?.id);
    const { key } = await newKey(owner, ['tasks:read', 'tasks:write']);
    const call = async (method: string, path: string, body?: unknown) => {
      const init = body === undefined ? { headers: headersOf(key) } : post(key, JSON.stringify(body));
      return (await store.api.fetch(new Request(at(path), { ...init, method }))).status;
    };
    expect(await call('GET', `/api/v1/entities/${ids.task}`)).toBe(200);
    expect(await call('GET', `/api/v1/entities/${ids.task}/content`)).toBe(200);
    expect(await call('GET', '/api/v1/entities?type=task')).toBe(200);
    expect(await call('POST', '/api/v1/tasks', { content: `More ${SECRET}` })).toBe(201);
    expect(await call('PATCH', `/api/v1/tasks/${ids.task}`, { priority: 2 })).toBe(200);
    const refused: [string, string, unknown?][] = [
      ['GET', `/api/v1/entities/${ids.note}`],
      ['GET', `/api/v1/entities/${ids.note}/content`],
      ['GET', '/api/v1/entities'],
      ['GET', '/api/v1/entities?type=note'],
      ['GET', `/api/v1/search?q=${SECRET}&type=task`],
      ['POST', '/api/v1/notes', { content: 'mine' }],
      ['PATCH', `/api/v1/entities/${ids.task}`, { type: 'note' }],
      ['PATCH', `/api/v1/entities/${ids.note}`, { title: 'mine' }],
      ['POST', '/api/v1/relations', { type: 'blocks', sourceId: ids.task, targetId: ids.note }],
      ['POST', '/api/v1/undo', { correlationId: ids.correlation }],
      ['GET', '/api/v1/api-keys'],
      ['GET', '/api/v1/webhooks'],
    ];
    for (const [method, path, body] of refused) {
      expect({ method, path, status: await call(method, path, body) }).toEqual({ method, path, status: 403 });
    }
    expect(await call('GET', `/api/v1/entities/${v7()}`)).toBe(404);
  });

  test('makes none that may do more than itself, and what it makes is told by its events', async () => {
    const owner = UserId.parse((await store.parts.database.queries.query.users.findFirst())?.id);
    const { key } = await newKey(owner, ['admin', 'notes:write']);
    const make = (scopes: Scope[], headers = {}) =>
      store.api.fetch(
        new Request(at('/api/v1/api-keys'), {
          ...post(key, JSON.stringify({ name: 'child', scopes })),
          headers: { ...headersOf(key), 'content-type': 'application/json', ...headers },
        }),
      );
    expect((await make(['read'])).status).toBe(403);
    expect((await make(['write'])).status).toBe(403);
    const repeatable = { 'idempotency-key': 'the-same' };
    const first = (await (await make(['notes:write'], repeatable)).json()) as { key: string; apiKey: { id: string } };
    expect(await (await make(['notes:write'], repeatable)).json()).toMatchObject(first);
    expect((await make(['admin'], repeatable)).status).toBe(422);
    const kept = await store.parts.database.queries.query.apiKeys.findMany();
    expect(JSON.stringify(kept)).not.toContain(first.key.slice('synap_'.length + 6));
    const written = await store.api.fetch(
      new Request(at('/api/v1/notes'), post(first.key, JSON.stringify({ content: 'by a child' }))),
    );
    const { entity } = (await written.json()) as { entity: { id: string } };
    const history = await asOwner<{ items: { actor: unknown }[] }>(
      'GET',
      `/api/v1/entities/${entity.id}/history`,
      undefined,
    );
    expect(history.items[0]?.actor).toEqual({ kind: 'api_key', id: first.apiKey.id });
  });
});

test('a webhook is made by no key that may not read what it would send away', async () => {
  const owner = UserId.parse((await store.parts.database.queries.query.users.findFirst())?.id);
  const { key } = await newKey(owner, ['admin', 'notes:read']);
  const webhook = JSON.stringify({ url: 'https://example.com/' });
  expect((await store.api.fetch(new Request(at('/api/v1/webhooks'), post(key, webhook)))).status).toBe(403);
  const change = { ...post(key, webhook), method: 'PATCH' };
  expect((await store.api.fetch(new Request(at(`/api/v1/webhooks/${ids.webhook}`), change))).status).toBe(403);
});

describe('another user', () => {
  test('finds nothing at any id of the owner, and no trace in what is said or logged', async () => {
    const before = await asOwner<unknown>('GET', `/api/v1/entities/${ids.note}`, undefined);
    for (const way of everyWay()) {
      const key = /account(\.erase)?$/.test(way.name) ? keys.leaving : keys.stranger;
      const { status, text, headers } = await ask(way, key);
      const expected = way.isForOwner ? 403 : way.names ? 404 : expect.any(Number);
      expect({ way: way.name, status }).toEqual({ way: way.name, status: expected });
      expect(status).toBeLessThan(500);
      const { url, headers: sentHeaders } = way.request(null);
      const metadata = Buffer.from(sentHeaders.get('upload-metadata')?.split(' ')[1] ?? '', 'base64').toString();
      const sent = decodeURIComponent(url) + metadata + (await way.request(null).text());
      for (const trace of [SECRET, ...Object.values(ids)].filter((each) => !sent.includes(each))) {
        expect({ way: way.name, hasTrace: (text + headers).includes(trace) }).toEqual({
          way: way.name,
          hasTrace: false,
        });
      }
    }
    expect(await asOwner<unknown>('GET', `/api/v1/entities/${ids.note}`, undefined)).toEqual(before);
    expect([SECRET, ...Object.values(keys)].filter((secret) => store.log().includes(secret))).toEqual([]);
  });

  test('cannot tell by the time it takes whether an id is the owner’s or nobody’s', async () => {
    const median = (times: number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
    const timeOf = async (path: string): Promise<number> => {
      const startedAt = performance.now();
      await (await store.api.fetch(new Request(at(path), { headers: headersOf(keys.stranger) }))).text();
      return performance.now() - startedAt;
    };
    for (const rest of ['', '/content', '/history']) {
      const times = { theirs: [] as number[], nobodys: [] as number[] };
      for (let round = 0; round < 60; round += 1) {
        times.theirs.push(await timeOf(`/api/v1/entities/${ids.note}${rest}`));
        times.nobodys.push(await timeOf(`/api/v1/entities/${v7()}${rest}`));
      }
      const ratio = median(times.theirs) / median(times.nobodys);
      expect(ratio).toBeGreaterThan(0.5);
      expect(ratio).toBeLessThan(2);
    }
  });
});
