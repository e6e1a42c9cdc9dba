import {
  ConcurrencyConflict,
  ErrorCode,
  Forbidden,
  NotFound,
  PreconditionFailed,
  TooLarge,
  Unauthenticated,
  Unavailable,
  Unprocessable,
  UnsupportedType,
  ValidationFailed,
} from '@synap/domain';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { toProblem, toTrpcError } from './problem.ts';

const FAILURES = [
  [
    new ValidationFailed([{ field: 'title', message: 'a text' }]),
    400,
    { fields: [{ field: 'title', message: 'a text' }] },
  ],
  [new Unauthenticated('who?'), 401, {}],
  [new Forbidden('no'), 403, {}],
  [new NotFound('entity', '7'), 404, {}],
  [new ConcurrencyConflict({ aggregateId: 'a', expectedVersion: 1, currentVersion: 2 }), 409, { currentVersion: 2 }],
  [new PreconditionFailed('changed'), 412, {}],
  [new TooLarge(10), 413, { limitBytes: 10 }],
  [new UnsupportedType('binary'), 415, {}],
  [new Unprocessable('deleted'), 422, {}],
  [new Unavailable('storage', 'full'), 503, { dependency: 'storage' }],
] as const;

test.each(FAILURES)('%s has the same code and status on REST and on tRPC', (failure, status, data) => {
  expect(toProblem(failure)).toMatchObject({ status, code: failure.code, detail: failure.message, ...data });
  const trpcError = toTrpcError(failure);
  expect(getHTTPStatusCodeFromError(trpcError)).toBe(status);
  expect(toProblem(trpcError)).toEqual(toProblem(failure));
});

test('every code but that of rate limits, which are not built yet, is thrown by something', () => {
  const thrown = new Set<string>(FAILURES.map(([failure]) => failure.code));
  expect(Object.values(ErrorCode).filter((code) => !thrown.has(code))).toEqual([ErrorCode.rateLimited]);
});

test('a wrong input names each field, and fields that are not known', () => {
  const schema = z.strictObject({ title: z.string(), tags: z.array(z.string()) });
  const { error } = schema.safeParse({ title: 7, tags: ['a', 7], extra: true });
  expect(toProblem(error).fields?.map(({ field }) => field)).toEqual(['title', 'tags.1', 'extra']);
});

test('a failure of the database is unavailable, not internal', () => {
  const lost = new Error('query failed', { cause: Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }) });
  expect(toProblem(lost)).toMatchObject({ status: 503, code: 'unavailable', dependency: 'database' });
  expect(getHTTPStatusCodeFromError(toTrpcError(lost))).toBe(503);
  expect(toProblem(toTrpcError(lost))).toEqual(toProblem(lost));
});

test('what nobody expected tells nothing of its insides', () => {
  const problem = toProblem(new Error('password=hunter2 at /srv/secret'));
  expect(problem).toMatchObject({ status: 500, code: 'internal' });
  expect(JSON.stringify(problem)).not.toMatch(/hunter2|secret/);
});
