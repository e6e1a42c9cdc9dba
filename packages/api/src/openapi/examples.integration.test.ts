import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../testing/test-api.ts';
import { createDocument } from './document.ts';
import type { Operation, Parameter } from './operation.ts';

/*
 * The examples of the document, sent as they stand: whoever reads nothing else can use the API.
 */

const document = createDocument({ serverUrl: 'http://synap.test' });

let store: TestApi;
beforeAll(async () => {
  store = await openTestApi();
});
afterAll(() => store.close());

test('what the document gives as an example is understood', async () => {
  const other = await store.addUser();
  const authorization = `Bearer ${other}.read,write,admin,owner`;
  const statuses: Record<string, number> = {};
  const all = Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/api/v1/'))
    .flatMap(([path, operations]) => Object.entries(operations).map((each) => [path, ...each] as const))
    // What ends the account comes last.
    .sort(([one], [two]) => Number(one.endsWith('/account')) - Number(two.endsWith('/account')));
  for (const [path, method, operation] of all) {
    const request = requestOf(path, method, operation);
    request.headers.set('authorization', authorization);
    const response = await store.api.fetch(request);
    await response.body?.cancel();
    statuses[operation.operationId] = response.status;
  }
  expect(Object.entries(statuses).filter(([, status]) => [400, 401, 405, 415, 500].includes(status))).toEqual([]);
});

test('what takes an idempotency key answers a repeat as it did the first time', async () => {
  const other = await store.addUser();
  const keyed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { parameters }]) => parameters.some((each) => '$ref' in each && /IdempotencyKey$/.test(each.$ref)))
      .map((each) => [path, ...each] as const),
  );
  for (const [path, method, operation] of keyed.filter(([path]) => !path.endsWith('/account'))) {
    const { operationId } = operation;
    const ask = async () => {
      const request = requestOf(path, method, operation);
      request.headers.set('authorization', `Bearer ${other}.read,write,admin,owner`);
      request.headers.set('idempotency-key', operationId);
      const response = await store.api.fetch(request);
      const text = await response.text();
      return { operationId, status: response.status, body: text === '' ? null : JSON.parse(text) };
    };
    const first = await ask();
    expect(await ask()).toEqual(first);
  }
});

/** A request made of nothing but what the document says. */
function requestOf(path: string, method: string, { parameters, requestBody }: Operation): Request {
  const isParameter = (each: object): each is Parameter => 'schema' in each;
  const given = parameters.filter(isParameter).filter(({ example }) => example !== undefined);
  const text = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value));
  const pathname = path.replace(/\{(\w+)\}/g, (_, name) => text(given.find((each) => each.name === name)?.example));
  const url = new URL(pathname, 'http://synap.test');
  const headers = new Headers();
  for (const { in: place, name, example } of given) {
    if (place === 'query') url.searchParams.set(name, text(example));
    if (place === 'header') headers.set(name, text(example));
  }
  const bodies = Object.entries(requestBody?.content ?? {}).filter(([type]) => !type.startsWith('multipart/'));
  const [mediaType, media] = bodies[0] ?? [];
  const init = { method: method.toUpperCase(), headers };
  if (mediaType === undefined || media === undefined) return new Request(url, init);
  headers.set('content-type', mediaType);
  const { example } = media;
  return new Request(url, { ...init, body: typeof example === 'string' ? example : JSON.stringify(example) });
}
