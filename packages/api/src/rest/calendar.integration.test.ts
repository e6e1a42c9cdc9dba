import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Caller, createCaller } from '../testing/caller.ts';
import { openTestApi, type TestApi } from '../testing/test-api.ts';

const READS = 5;

let store: TestApi;
let call: Caller;
let user: string;
let taken: Map<string, number>;

beforeAll(async () => {
  const limiter = {
    take: async (key: string, { requests }: { requests: number }) => {
      taken.set(key, (taken.get(key) ?? 0) + 1);
      return (taken.get(key) ?? 0) > requests ? 7 : 0;
    },
    reset: async () => undefined,
  };
  const limits = { limiter, rates: { perAddress: { requests: READS, seconds: 60 } } };
  store = await openTestApi({ protection: { publicOrigin: null, trustedOrigins: [], limits } });
});
beforeEach(async () => {
  taken = new Map();
  user = `${await store.addUser()}.read,write,admin`;
  call = createCaller(store, user);
});
afterAll(() => store.close());

const read = (url: string, headers: Record<string, string> = {}, clientAddress?: string) =>
  store.api.fetch(new Request(url, { headers }), clientAddress === undefined ? {} : { clientAddress });
const newLink = async (headers: Record<string, string> = {}): Promise<string> => {
  const { status, body } = await call('POST', '/calendar/link', {}, headers);
  expect(status).toBe(201);
  return String(body.url);
};

test('a link opens what is due and takes place, and nothing else, without signing in', async () => {
  await call('POST', '/tasks', { content: 'Water the plants', dueDate: '2027-01-05', recurrence: 'FREQ=WEEKLY' });
  await call('POST', '/tasks', { content: 'Some day' });
  await call('POST', '/tasks', { content: 'Done already', dueDate: '2027-01-05', status: 'done' });
  await call('POST', '/events', { content: 'Dinner', startAt: '2027-01-06T19:00:00Z', place: 'Café' });
  await call('POST', '/notes', { content: 'A note' });
  const deleted = await call('POST', '/tasks', { content: 'In the trash', dueDate: '2027-01-05' });
  await call('DELETE', `/entities/${deleted.body.entity.id}`);
  const other = createCaller(store, await store.addUser());
  await other('POST', '/tasks', { content: 'Of somebody else', dueDate: '2027-01-05' });

  const url = await newLink();
  expect(url).toMatch(/^http:\/\/synap\.test\/calendar\/[\w-]{43}\.ics$/);
  const response = await read(url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
  const text = await response.text();
  expect([...text.matchAll(/SUMMARY:(.*)\r/g)].map(([, title]) => title).sort()).toEqual([
    'Dinner',
    'Water the plants',
  ]);
  expect(text).toContain('RRULE:FREQ=WEEKLY\r\n');
  expect(text).toContain('LOCATION:Café\r\n');
});

test('what has not changed is not sent again', async () => {
  const { body } = await call('POST', '/tasks', { content: 'Water', dueDate: '2027-01-05' });
  const url = await newLink();
  const etag = (await read(url)).headers.get('etag') ?? '';
  const again = await read(url, { 'if-none-match': etag });
  expect([again.status, await again.text()]).toEqual([304, '']);
  await call('POST', `/tasks/${body.entity.id}/complete`, {});
  expect((await read(url, { 'if-none-match': etag })).status).toBe(200);
  const head = await store.api.fetch(new Request(url, { method: 'HEAD' }));
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test('a link is shown once, and ends with the next one, or when it is revoked', async () => {
  expect((await call('GET', '/calendar/link')).body).toEqual({ link: null });
  const first = await newLink();
  const { body } = await call('GET', '/calendar/link');
  expect(body).toEqual({ link: { createdAt: expect.any(String) } });
  const second = await newLink();
  expect([(await read(first)).status, (await read(second)).status]).toEqual([404, 200]);
  await call('DELETE', '/calendar/link', {});
  const gone = await read(second);
  const nobodys = await read(`http://synap.test/calendar/${'A'.repeat(43)}.ics`);
  expect([gone.status, nobodys.status]).toEqual([404, 404]);
  expect(await gone.json()).toEqual(await nobodys.json());
});

test('a request that is repeated makes the same link', async () => {
  const key = { 'idempotency-key': 'once' };
  const [first, again] = [await newLink(key), await newLink(key)];
  expect(again).toBe(first);
  expect((await read(first)).status).toBe(200);
});

test('a link is made by nobody who may only read and write', async () => {
  const narrow = createCaller(store, `${user.split('.')[0]}.read,write`);
  expect((await narrow('POST', '/calendar/link', {})).status).toBe(403);
});

test('no secret is kept or logged', async () => {
  const url = await newLink();
  const secret = /calendar\/(.*)\.ics/.exec(url)?.[1] ?? '';
  await read(url);
  await call('DELETE', '/calendar/link', {});
  await read(url);
  expect(store.log()).toContain('/calendar/:file');
  expect(store.log()).not.toContain(secret);
  const rows = await store.parts.database.queries.query.calendarLinks.findMany();
  expect(JSON.stringify(rows)).not.toContain(secret);
});

test('who tries many secrets is stopped before they are looked up', async () => {
  const url = await newLink();
  for (let index = 0; index < READS; index += 1) {
    expect((await read(`${url}x`, {}, '203.0.113.7')).status).toBe(404);
  }
  const refused = await read(url, {}, '203.0.113.7');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
  expect((await read(url, {}, '203.0.113.8')).status).toBe(200);
});
