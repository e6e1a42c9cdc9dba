/**
 * Stands in for a Qdrant server: it takes what Qdrant's published API takes, answers as that says, and compares vectors one
 * by one. Whatever is asked or answered that the API does not describe is an error. What it cannot show is how Qdrant
 * itself searches: its graph, its disk and its speed.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Ajv, type ValidateFunction } from 'ajv';
import * as z from 'zod';

export interface QdrantStandIn {
  readonly url: string;
  /** The names of the collections that there are. */
  collections(): string[];
  /** How many points there are in all of them. */
  points(): number;
  /** Lets requests fail as a server does that has no room left, until it is called with `false`. */
  refuseWrites(isRefusing: boolean): void;
  close(): Promise<void>;
}

/** @param options.apiKey the key that every request must bring. */
export async function startQdrantStandIn({ apiKey }: { apiKey: string }): Promise<QdrantStandIn> {
  const collections = new Map<string, Collection>();
  const state = { isRefusing: false };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => answer(response, 500, { status: { error: String(error) } }));
  });
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const started = performance.now();
    if (request.headers['api-key'] !== apiKey) return answer(response, 401, { status: { error: 'Invalid API key' } });
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const body = await readJson(request);
    const operation = operationOf(request.method ?? '', pathname);
    if (operation === null) throw new Error(`Qdrant's API has no ${request.method} ${pathname}.`);
    operation.checkRequest(body);
    if (operation.isWrite && state.isRefusing) {
      return answer(response, 507, { status: { error: 'No space left on device' } });
    }
    const outcome = run(collections, operation, body);
    const reply =
      outcome.status === 200 ? { ...outcome.body, time: (performance.now() - started) / 1000 } : outcome.body;
    if (outcome.status === 200) operation.checkResponse(reply);
    answer(response, outcome.status, reply);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    collections: () => [...collections.keys()],
    points: () => [...collections.values()].reduce((sum, { points }) => sum + points.size, 0),
    refuseWrites: (isRefusing) => {
      state.isRefusing = isRefusing;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const payloadSchema = z.record(z.string(), z.unknown());
const conditionSchema = z.union([
  z.strictObject({
    key: z.string(),
    match: z.union([
      z.strictObject({ value: z.union([z.string(), z.boolean()]) }),
      z.strictObject({ any: z.array(z.string()) }),
    ]),
  }),
  z.strictObject({ has_id: z.array(z.string()) }),
]);
const filterSchema = z.strictObject({
  must: z.array(conditionSchema).default([]),
  must_not: z.array(conditionSchema).default([]),
});
type Filter = z.infer<typeof filterSchema>;
const pointSchema = z.strictObject({ id: z.string(), vector: z.array(z.number()), payload: payloadSchema });
type Point = z.infer<typeof pointSchema>;

interface Collection {
  readonly size: number;
  readonly points: Map<string, Point>;
}

interface Outcome {
  readonly status: number;
  readonly body: object;
}

type Body = Readonly<Record<string, unknown>>;

function run(collections: Map<string, Collection>, { route, collection: name }: Operation, body: Body): Outcome {
  if (route === 'GET /') return { status: 200, body: { title: 'qdrant - vector search engine', version: '1.18.0' } };
  if (route === 'GET /collections/{collection_name}/exists') return done({ exists: collections.has(name) });
  if (route === 'DELETE /collections/{collection_name}') return done(collections.delete(name));
  if (route === 'PUT /collections/{collection_name}') {
    if (collections.has(name)) return refused(409, `Collection \`${name}\` already exists!`);
    const { size } = z.object({ size: z.number() }).parse(body.vectors);
    collections.set(name, { size, points: new Map() });
    return done(true);
  }
  const collection = collections.get(name);
  if (collection === undefined) return refused(404, `Not found: Collection \`${name}\` doesn't exist!`);
  return runOn(collection, route, body);
}

const UPDATED = { operation_id: 1, status: 'completed' };

function runOn({ points, size }: Collection, route: string, body: Body): Outcome {
  const selected = () => selectPoints(points, filterSchema.parse(body.filter ?? {}));
  switch (route.replace(' /collections/{collection_name}', ' ')) {
    case 'PUT /index':
      return done(UPDATED);
    case 'PUT /points': {
      const given = z.array(pointSchema).parse(body.points);
      const wrong = given.find(({ vector }) => vector.length !== size);
      if (wrong !== undefined) {
        return refused(400, `Wrong input: Vector dimension error: expected dim: ${size}, got ${wrong.vector.length}`);
      }
      for (const point of given) points.set(point.id, { ...point, vector: normalised(point.vector) });
      return done(UPDATED);
    }
    case 'POST /points/payload': {
      const payload = payloadSchema.parse(body.payload);
      for (const point of selected()) points.set(point.id, { ...point, payload: { ...point.payload, ...payload } });
      return done(UPDATED);
    }
    case 'POST /points/delete':
      for (const { id } of selected()) points.delete(id);
      return done(UPDATED);
    case 'POST /points/count':
      return done({ count: selected().length });
    case 'POST /points': {
      const found = z
        .array(z.string())
        .parse(body.ids)
        .flatMap((id) => points.get(id) ?? []);
      return done(found.map((point) => recordOf(point, body)));
    }
    case 'POST /points/scroll': {
      const { limit, offset } = z.object({ limit: z.number(), offset: z.string().default('') }).parse(body);
      const from = selected()
        .filter(({ id }) => id >= offset)
        .sort((left, right) => (left.id < right.id ? -1 : 1));
      const page = from.slice(0, limit).map((point) => recordOf(point, body));
      return done({ points: page, next_page_offset: from[limit]?.id ?? null });
    }
    case 'POST /points/query': {
      const { limit, query } = z.object({ limit: z.number(), query: z.array(z.number()) }).parse(body);
      const asked = normalised(query);
      const scored = selected().map((point) => ({ point, score: product(asked, point.vector) }));
      scored.sort((left, right) => right.score - left.score);
      return done({
        points: scored.slice(0, limit).map(({ point, score }) => ({ ...recordOf(point, body), version: 1, score })),
      });
    }
    default:
      throw new Error(`The stand-in does not know ${route}.`);
  }
}

function done(result: unknown): Outcome {
  return { status: 200, body: { result, status: 'ok' } };
}

function refused(status: number, error: string): Outcome {
  return { status, body: { status: { error }, time: 0 } };
}

function recordOf({ id, payload, vector }: Point, { with_payload, with_vector }: Body): object {
  const shown = Array.isArray(with_payload)
    ? Object.fromEntries(Object.entries(payload).filter(([key]) => with_payload.includes(key)))
    : payload;
  return {
    id,
    ...(with_payload === undefined || with_payload === false ? {} : { payload: shown }),
    ...(with_vector === true ? { vector } : {}),
  };
}

function selectPoints(points: ReadonlyMap<string, Point>, { must, must_not: mustNot }: Filter): Point[] {
  return [...points.values()].filter(
    (point) => must.every((one) => holds(one, point)) && !mustNot.some((one) => holds(one, point)),
  );
}

function holds(condition: z.infer<typeof conditionSchema>, { id, payload }: Point): boolean {
  if ('has_id' in condition) return condition.has_id.includes(id);
  const value = payload[condition.key];
  if ('value' in condition.match) return value === condition.match.value;
  return typeof value === 'string' && condition.match.any.includes(value);
}

/** Qdrant keeps vectors that are compared by their angle at length one. */
function normalised(vector: readonly number[]): number[] {
  const length = Math.sqrt(product(vector, vector));
  return length === 0 ? [...vector] : vector.map((number) => number / length);
}

function product(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, number, place) => sum + number * (right[place] ?? 0), 0);
}

/** What a request asks for, with what the published API says about it. */
interface Operation {
  readonly route: string;
  readonly collection: string;
  readonly isWrite: boolean;
  readonly checkRequest: (body: Body) => void;
  readonly checkResponse: (body: object) => void;
}

const apiSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ request: payloadSchema.optional(), response: payloadSchema })),
  ),
  components: z.object({ schemas: z.record(z.string(), payloadSchema) }),
});
const API = apiSchema.parse(
  JSON.parse(readFileSync(new URL('../../src/testing/qdrant-openapi.json', import.meta.url), 'utf8')),
);
const WRITES = new Set(['PUT', 'DELETE']);
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'qdrant', components: inJsonSchema(API.components) });

function operationOf(method: string, pathname: string): Operation | null {
  for (const [path, methods] of Object.entries(API.paths)) {
    const found = new RegExp(`^${path.replace('{collection_name}', '(?<name>[^/]+)')}$`).exec(pathname);
    const described = methods[method.toLowerCase()];
    if (found === null || described === undefined) continue;
    const route = `${method} ${path}`;
    const { request } = described;
    return {
      route,
      collection: found.groups?.name ?? '',
      isWrite: WRITES.has(method) || /payload|delete/u.test(path),
      checkRequest: (body) => check(request === undefined ? null : compiled(`${route} request`, request), route, body),
      checkResponse: (body) => check(compiled(`${route} response`, described.response), route, body),
    };
  }
  return null;
}

const compiledSchemas = new Map<string, ValidateFunction>();

function compiled(name: string, schema: object): ValidateFunction {
  const known = compiledSchemas.get(name) ?? ajv.compile(toObject(inJsonSchema(schema)));
  compiledSchemas.set(name, known);
  return known;
}

function check(validate: ValidateFunction | null, route: string, body: object): void {
  if (validate === null || validate(body)) return;
  throw new Error(`${route} is not as Qdrant's API describes it: ${ajv.errorsText(validate.errors)}`);
}

/** OpenAPI 3.0 says by `nullable` what JSON Schema says by a type, and refers to parts of its own document. */
function inJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inJsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === 'nullable') return { type: 'null' };
  return Object.fromEntries(
    entries.map(([key, part]) => [
      key,
      key === '$ref' && typeof part === 'string' ? part.replace(/^#/u, 'qdrant#') : inJsonSchema(part),
    ]),
  );
}

function toObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

async function readJson(request: IncomingMessage): Promise<Body> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  return text === '' ? {} : payloadSchema.parse(JSON.parse(text));
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
