import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, test } from 'vitest';
import { createValidator } from '../testing/document-validator.ts';
import { createDocument } from './document.ts';
import type { Operation, Parameter } from './operation.ts';

const document = createDocument({ serverUrl: 'http://127.0.0.1:4000' });
const operations: [string, Operation][] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
);

const isParameter = (each: object): each is Parameter => 'schema' in each;
const faultsOf = createValidator(document, { isStrict: false });

test('a linter finds nothing but what is meant', async () => {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const source = JSON.stringify(document);
  const found = await lintFromString({ source, absoluteRef: '/openapi.json', config });
  expect(found.map(({ ruleId, location }) => `${ruleId} ${location[0]?.pointer}`)).toEqual([
    // Nobody can ask for these wrongly.
    'operation-4xx-response #/paths/~1api~1openapi.json/get/responses',
    // It leads elsewhere: 302.
    'operation-2xx-response #/paths/~1api~1v1~1entities~1{id}~1file/get/responses',
    'operation-4xx-response #/paths/~1health~1live/get/responses',
    'operation-4xx-response #/paths/~1health~1ready/get/responses',
    // Each line of a stream is one; OpenAPI 3.1 has no word for that.
    'no-unused-components #/components/schemas/AskMessage',
  ]);
});

test('every operation says what it is and what it answers', () => {
  const faults = operations.flatMap(([name, { summary, tags, responses, security }]) => [
    ...(/^[A-Z].*[^.]$/.test(summary) ? [] : [`${name}: give its rest route a summary: one line, no full stop`]),
    ...(tags.length === 1 ? [] : [`${name}: one tag`]),
    ...(Object.keys(responses).some((status) => Number(status) < 400) ? [] : [`${name}: what it answers`]),
    ...(security !== undefined ||
    !name.includes('/api/v1/') ||
    ['401', '403', '429'].every((status) => status in responses)
      ? []
      : [`${name}: what is answered to those who may not`]),
  ]);
  expect(faults).toEqual([]);
});

test('every example fits its schema', () => {
  const faults = operations.flatMap(([name, { parameters, requestBody, responses }]) => {
    const bodies = [requestBody ?? {}, ...Object.values(responses)].flatMap((each) =>
      'content' in each ? Object.entries(each.content ?? {}) : [],
    );
    return [
      ...parameters
        .filter(isParameter)
        .filter(({ required, example }) => required || example !== undefined)
        .map(({ name: field, schema, example }) => [`${name} ${field}`, faultsOf(schema, example)]),
      ...bodies.map(([mediaType, { schema, example }]) => [`${name} ${mediaType}`, faultsOf(schema, example)]),
    ].filter(([, fault]) => fault !== '');
  });
  const ofProblems = Object.entries(document.components.responses).flatMap(([name, { content = {} }]) =>
    Object.values(content).map(({ schema, example }) => [name, faultsOf(schema, example)]),
  );
  expect([...faults, ...ofProblems.filter(([, fault]) => fault !== '')]).toEqual([]);
});

const ofApi = operations.filter(([name]) => name.includes(' /api/v1/'));

test('every write can be repeated', () => {
  const takesKey = ({ parameters }: Operation) =>
    parameters.some((each) => '$ref' in each && each.$ref.endsWith('/IdempotencyKey'));
  const without = ofApi.filter(([name, operation]) => /^(post|put|patch|delete) /.test(name) && !takesKey(operation));
  expect(without.map(([name]) => name)).toEqual([
    // They write nothing.
    'post /api/v1/ask',
    'post /api/v1/files/uploads',
    // What a piece is, its offset says.
    'patch /api/v1/uploads/{id}',
    'delete /api/v1/uploads/{id}',
  ]);
});

test('whatever expects a version takes it as If-Match, too; and no page of a list is longer than 200', () => {
  for (const [name, { parameters, requestBody }] of ofApi) {
    const named = parameters.filter(isParameter);
    const inBody = Object.values(requestBody?.content ?? {}).some(
      ({ schema }) => 'expectedVersion' in (schema.properties ?? {}),
    );
    const expectsVersion = inBody || named.some((each) => each.name === 'expectedVersion');
    expect({ name, ifMatch: named.some((each) => each.name === 'If-Match') }).toEqual({
      name,
      ifMatch: expectsVersion,
    });
    if (!named.some((each) => each.name === 'cursor')) continue;
    const limit = named.find((each) => each.name === 'limit')?.schema.maximum;
    expect({ name, limit }).toEqual({ name, limit: 200 });
  }
});

test('each tag says what it is about', () => {
  for (const { name, description } of document.tags)
    expect({ name, description }).not.toEqual({ name, description: name });
});
