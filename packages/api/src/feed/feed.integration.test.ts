import { createApiKey, createEventFeed, type EventFeed, revokeApiKey } from '@synap/core';
import { CorrelationId, type UserId } from '@synap/domain';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/test-api.ts';

const HEARTBEAT_MS = 50;
const STALLED_MS = 200;

let store: TestApi;
let feed: EventFeed;
let user: UserId;
beforeAll(async () => {
  store = await openTestApi({ feedTimes: { heartbeatMs: HEARTBEAT_MS, stalledMs: STALLED_MS } });
  user = await store.addUser();
});
afterAll(() => store.close());

interface Said {
  readonly id: string;
  readonly event: string;
  readonly data: { aggregateId: string; position: string; data: { title?: string } };
}

const open = async (key: string, query = '', headers: Record<string, string> = {}, { api }: TestApi = store) => {
  const url = `http://synap.test/api/v1/events/stream${query}`;
  const response = await api.fetch(new Request(url, { headers: { authorization: `Bearer ${key}`, ...headers } }));
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error('There is no body.');
  let text = '';
  return {
    status: response.status,
    /** Reads on until what was said fits; fails where the stream ends before. */
    until: async (fits: (text: string) => boolean): Promise<string> => {
      while (!fits(text)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`The stream ended after: ${text}`);
        text += new TextDecoder().decode(value);
      }
      return text;
    },
    read: () => reader.read(),
    cancel: () => reader.cancel(),
  };
};

const eventsOf = (text: string): Said[] =>
  text
    .split('\n\n')
    .filter((block) => block.includes('data: '))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) };
    });

const addNote = async (key: string, title: string, { api }: TestApi = store): Promise<string> => {
  const response = await api.fetch(
    new Request('http://synap.test/api/v1/notes', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title, content: `About ${title}.` }),
    }),
  );
  return ((await response.json()) as { entity: { id: string } }).entity.id;
};
const hasNotes =
  (count: number) =>
  (text: string): boolean =>
    eventsOf(text).filter(({ event }) => event === 'entity.created').length >= count;

test('what is there comes first, then what comes, each once and in order; a listener that comes back goes on', async () => {
  const earlier = [await addNote(user, 'one'), await addNote(user, 'two')];
  const stream = await open(user, '?after=0&type=entity.created');
  await stream.until(hasNotes(2));
  const later = await addNote(user, 'three');
  const events = eventsOf(await stream.until(hasNotes(3)));
  expect(events.map(({ data }) => data.aggregateId)).toEqual([...earlier, later]);
  expect(events.map(({ id }) => id)).toEqual(events.map(({ data }) => data.position));
  await stream.cancel();
  const missed = await addNote(user, 'four');
  const again = await open(user, '?type=entity.created', { 'last-event-id': events[1]?.id ?? '' });
  expect(eventsOf(await again.until(hasNotes(2))).map(({ data }) => data.aggregateId)).toEqual([later, missed]);
  await again.cancel();
});

test('without a position it begins now, and nobody hears of others', async () => {
  const other = await store.addUser();
  const [mine, theirs] = [await open(user), await open(other)];
  await addNote(user, 'secret');
  const own = await addNote(other, 'own');
  const heard = eventsOf(await theirs.until(hasNotes(1)));
  expect(new Set(heard.map(({ data }) => data.aggregateId))).toEqual(new Set([own]));
  expect(await mine.until(hasNotes(1))).not.toContain(own);
  await Promise.all([mine.cancel(), theirs.cancel()]);
});

test('a silent stream says where it is, also past what does not fit', async () => {
  const stream = await open(user, '?type=entity.deleted');
  const before = await stream.until((text) => text.includes(': heartbeat'));
  const position = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => BigInt(id ?? 0)).at(-1) ?? 0n;
  await addNote(user, 'does not fit');
  const after = await stream.until((text) => position(text) > position(before));
  expect(eventsOf(after)).toEqual([]);
  await stream.cancel();
});

test('whoever may listen no more is cut off', async () => {
  const context = {
    userId: user,
    actor: { kind: 'user', id: user },
    source: 'api',
    correlationId: CorrelationId.parse(v7()),
  } as const;
  const { apiKey, key } = await createApiKey(store.parts, context, { name: 'a key', scopes: ['read'] }, ['read']);
  const stream = await open(key);
  await stream.until((text) => text.includes(': heartbeat'));
  await revokeApiKey(store.parts, { ...context, correlationId: CorrelationId.parse(v7()) }, { id: apiKey.id });
  await expect(stream.until((text) => text.includes('never'))).rejects.toThrow('The stream ended');
  expect((await store.api.fetch(new Request('http://synap.test/api/v1/events/stream'))).status).toBe(401);
});

test('whoever does not read is cut off, and keeps nobody waiting', async () => {
  const slow = await open(user, '?after=0');
  await slow.read();
  await expect
    .poll(() => slow.read().then(({ done }) => (done ? 'ended' : 'read'), String), {
      timeout: 5_000,
      interval: STALLED_MS * 2,
    })
    .toContain('does not read');
});

test('a position that is none is refused', async () => {
  for (const [query, header] of [
    ['?after=now', {}],
    ['', { 'last-event-id': 'abc' }],
    ['?type=no.such', {}],
  ] as const) {
    expect((await open(user, query, header)).status).toBe(400);
  }
});

test('over tRPC it is a subscription, tracked by position', async () => {
  const input = encodeURIComponent(JSON.stringify({ after: '0', type: 'entity.created' }));
  const url = `http://synap.test/trpc/events.subscribe?input=${input}`;
  const response = await store.api.fetch(new Request(url, { headers: { authorization: `Bearer ${user}` } }));
  const reader = response.body?.getReader();
  let text = '';
  while (!/^id: \d+$/m.test(text)) text += new TextDecoder().decode((await reader?.read())?.value);
  expect(text).toContain('entity.created');
  await reader?.cancel();
});

test('a thousand listeners wait in little memory, and every one of them hears', async () => {
  const LISTENERS = 1_000;
  // Heartbeats and patience as they are in earnest: with those of the other tests this machine would do nothing else.
  const patient = await openTestApi();
  try {
    const listener = await patient.addUser();
    const before = process.memoryUsage();
    const streams = [];
    for (let count = 0; count < LISTENERS; count += 1) {
      streams.push(await open(listener, '?type=entity.created', {}, patient));
    }
    await Promise.all(streams.map((stream) => stream.until((text) => text.includes(': listening'))));
    const after = process.memoryUsage();
    expect((after.rss - before.rss) / 1024 ** 2).toBeLessThan(100);
    expect((await open(listener, '', {}, patient)).status).toBe(429);
    await addNote(listener, 'heard by all', patient);
    await Promise.all(streams.map((stream) => stream.until(hasNotes(1))));
    await Promise.all(streams.map((stream) => stream.cancel()));
  } finally {
    await patient.close();
  }
});

test('closing the feed ends every stream', async () => {
  feed = createEventFeed(store.parts.log);
  const pages = feed.follow(user, { after: null, filter: {}, signal: new AbortController().signal });
  await pages.next();
  const next = pages.next();
  feed.close();
  expect((await next).done).toBe(true);
});
