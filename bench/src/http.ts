import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTemporaryDatabase } from '@synap/database/testing';
import { type ServerProcess, startServer } from '@synap/e2e/server-process';
import autocannon from 'autocannon';
import pLimit from 'p-limit';
import * as z from 'zod';
import type { BenchTable } from './bench-table.ts';
import { fillManyUsers } from './many-users.ts';
import { milliseconds, percentile, timeEach } from './percentiles.ts';

/*
 * Requests a second over HTTP at 1, 16 and 64 connections, beside a bare Hono and node-postgres on the same PostgreSQL that
 * does nothing but the insert or the select; what signing in, limits and idempotency keys take; and whether it is as quick in
 * a table of a million things of a thousand users. SYNAP_BENCH_HTTP_SECONDS is how long each is asked (default 4),
 * SYNAP_BENCH_HTTP_THINGS how many things the large table has (default 100000; the target is for 1000000).
 */

const SECONDS = Number(process.env.SYNAP_BENCH_HTTP_SECONDS ?? '4');
const THINGS = Number(process.env.SYNAP_BENCH_HTTP_THINGS ?? '100000');
const CONNECTIONS = [1, 16, 64];
const NOTES = 100;
/** More than any server completes in the time. */
const TASKS_A_SECOND = 300;
const ENVIRONMENT = { SYNAP_RATE_LIMIT: '0', LOG_LEVEL: 'error' };

export async function* http(): AsyncGenerator<BenchTable> {
  const serverUrl = process.env.SYNAP_TEST_DATABASE_URL ?? '';
  if (serverUrl !== '') {
    const bare = await withBareServer(serverUrl, (address) => askAll(new BareClient(address)));
    yield await withServer(serverUrl, async (server) =>
      compareTable('PostgreSQL', await askAll(new OwnClient(server)), bare),
    );
    yield await withServer(serverUrl, (server) => overheadTable(server));
    yield await manyUsersTable(serverUrl);
  }
  yield await withServer(null, async (server) => compareTable('embedded', await askAll(new OwnClient(server)), null));
}

/** What is asked, and by whose conventions. */
interface Client {
  readonly address: string;
  readonly headers: Record<string, string>;
  readonly paths: { create: string; get: (id: string) => string; list: string; complete: (id: string) => string };
  add(kind: 'note' | 'task', content: string): Promise<string>;
  /** Resolves when nothing goes on in the background any more. */
  idle(): Promise<void>;
}

class OwnClient implements Client {
  readonly address: string;
  readonly headers: Record<string, string>;
  readonly paths = {
    create: '/api/v1/notes',
    get: (id: string) => `/api/v1/entities/${id}`,
    list: '/api/v1/entities?limit=50',
    complete: (id: string) => `/api/v1/tasks/${id}/complete`,
  };
  readonly #server: ServerProcess;

  constructor(server: ServerProcess) {
    this.#server = server;
    this.address = server.url;
    this.headers = { authorization: `Bearer ${server.ownerKey}` };
  }

  async add(kind: 'note' | 'task', content: string): Promise<string> {
    const { body } = await this.#server.call('POST', `/api/v1/${kind}s`, { content });
    return body.entity.id;
  }

  async idle(): Promise<void> {
    const unfinished = async (): Promise<string> =>
      (await this.#server.call('GET', '/health/ready')).body.dependencies.workflows.detail;
    while (!(await unfinished()).startsWith('0 unfinished')) await delay(100);
  }
}

const createdSchema = z.object({ entity: z.object({ id: z.string() }) });

class BareClient implements Client {
  readonly headers = {};
  readonly paths = {
    create: '/things',
    get: (id: string) => `/things/${id}`,
    list: '/things',
    complete: (id: string) => `/things/${id}/complete`,
  };
  readonly address: string;

  constructor(address: string) {
    this.address = address;
  }

  async add(_kind: 'note' | 'task', content: string): Promise<string> {
    const body = JSON.stringify({ content });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${this.address}/things`, { method: 'POST', headers, body });
    return createdSchema.parse(await response.json()).entity.id;
  }

  idle(): Promise<void> {
    return Promise.resolve();
  }
}

interface Measured {
  readonly what: string;
  readonly connections: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

async function askAll(client: Client): Promise<Measured[]> {
  const limit = pLimit(8);
  const add = (kind: 'note' | 'task', count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, number) => limit(() => client.add(kind, `# Thing ${number}\n\nof ${kind}`))),
    );
  const notes = await add('note', NOTES);
  const measured: Measured[] = [];
  for (const connections of CONNECTIONS) {
    const tasks = await add('task', SECONDS * TASKS_A_SECOND);
    await client.idle();
    let number = 0;
    const next = (of: readonly string[]) => of[number++ % of.length] ?? '';
    const { create, get, list, complete } = client.paths;
    const ask = async (what: string, request: autocannon.Request): Promise<void> => {
      measured.push({ what, connections, ...(await load(client, connections, request)) });
    };
    await ask('get', { method: 'GET', setupRequest: (request) => ({ ...request, path: get(next(notes)) }) });
    await ask('list of 50', { method: 'GET', path: list });
    await ask('create note', {
      method: 'POST',
      path: create,
      setupRequest: (request) => ({
        ...request,
        body: JSON.stringify({ content: `# Note ${number++}\n\nSomething worth keeping.` }),
      }),
    });
    number = 0;
    await ask('complete task', {
      method: 'POST',
      setupRequest: (request) => ({ ...request, path: complete(next(tasks)) }),
    });
  }
  return measured;
}

async function load(
  { address, headers }: Pick<Client, 'address' | 'headers'>,
  connections: number,
  request: autocannon.Request,
): Promise<Omit<Measured, 'what' | 'connections'>> {
  const result = await autocannon({
    url: address,
    connections,
    duration: SECONDS,
    headers: { 'content-type': 'application/json', ...headers },
    requests: [request],
  });
  const { p50, p99 } = result.latency;
  return { perSecond: result['2xx'] / result.duration, p50, p99, failed: result.non2xx + result.errors };
}

function compareTable(store: string, own: readonly Measured[], bare: readonly Measured[] | null): BenchTable {
  const bareOf = ({ what, connections }: Measured) =>
    bare?.find((other) => other.what === what && other.connections === connections);
  return {
    title: `Requests over HTTP, ${store}`,
    columns: ['what', 'connections', 'requests/s', 'p50', 'p99', 'failed', 'bare requests/s', 'bare p99', 'of bare'],
    rows: own.map((one) => {
      const other = bareOf(one);
      return [
        one.what,
        String(one.connections),
        one.perSecond.toFixed(0),
        `${one.p50} ms`,
        `${one.p99} ms`,
        String(one.failed),
        other?.perSecond.toFixed(0) ?? '–',
        other === undefined ? '–' : `${other.p99} ms`,
        other === undefined ? '–' : (one.perSecond / other.perSecond).toFixed(2),
      ];
    }),
    notes: [
      'Read while nothing else goes on; what is created is enriched and indexed meanwhile, the bare server does nothing else.',
    ],
  };
}

const OVERHEAD_SAMPLES = 400;

/** A route that does not exist is refused as soon as it is known who asks, and the request was counted. */
async function overheadTable(server: ServerProcess): Promise<BenchTable> {
  const nothing = () => server.call('GET', '/health/live');
  const known = () => server.call('GET', '/api/v1/nothing-is-here');
  const create = (keyed: boolean) => (number: number) =>
    server.call(
      'POST',
      '/api/v1/notes',
      { content: `Overhead ${keyed} ${number}` },
      keyed ? { 'idempotency-key': `overhead-${number}` } : {},
    );
  for (const action of [nothing, known, create(false)]) await timeEach(100, action);
  const [bare, asked] = [await timeEach(OVERHEAD_SAMPLES, nothing), await timeEach(OVERHEAD_SAMPLES, known)];
  const [plain, keyed] = [
    await timeEach(OVERHEAD_SAMPLES, create(false)),
    await timeEach(OVERHEAD_SAMPLES, create(true)),
  ];
  const difference = (more: number[], less: number[]) => milliseconds(percentile(more, 0.5) - percentile(less, 0.5));
  return {
    title: 'What auth, limits and idempotency keys take of a request, PostgreSQL',
    columns: ['what', 'p50', 'more than without'],
    rows: [
      ['neither', milliseconds(percentile(bare, 0.5)), '–'],
      ['signed in by key, counted by the limits', milliseconds(percentile(asked, 0.5)), difference(asked, bare)],
      ['create', milliseconds(percentile(plain, 0.5)), '–'],
      ['create with an Idempotency-Key', milliseconds(percentile(keyed, 0.5)), difference(keyed, plain)],
    ],
    notes: [],
  };
}

/** The same requests in a store with nothing but a few things, and in a large one. */
async function manyUsersTable(serverUrl: string): Promise<BenchTable> {
  const ask = (server: ServerProcess) => askReads(new OwnClient(server));
  const empty = await withServer(serverUrl, ask);
  const full = await withServer(serverUrl, ask, (databaseUrl) =>
    fillManyUsers(databaseUrl, { users: 1_000, things: THINGS }),
  );
  return {
    title: `A table of ${THINGS} things of 1,000 users, beside an empty one`,
    columns: ['what', 'requests/s', 'p99', 'empty: requests/s', 'p99', 'p99 / empty'],
    rows: full.map((one, index) => {
      const other = empty[index];
      return [
        one.what,
        one.perSecond.toFixed(0),
        `${one.p99} ms`,
        other?.perSecond.toFixed(0) ?? '–',
        `${other?.p99 ?? Number.NaN} ms`,
        other === undefined ? '–' : (one.p99 / other.p99).toFixed(2),
      ];
    }),
    notes: ['16 connections.'],
  };
}

async function askReads(client: OwnClient): Promise<Measured[]> {
  const notes: string[] = [];
  for (let number = 0; number < NOTES; number += 1) notes.push(await client.add('note', `# Thing ${number}`));
  let number = 0;
  const connections = 16;
  const get: autocannon.Request = {
    method: 'GET',
    setupRequest: (request) => ({ ...request, path: client.paths.get(notes[number++ % notes.length] ?? '') }),
  };
  await client.idle();
  await load(client, connections, get);
  return [
    { what: 'get', connections, ...(await load(client, connections, get)) },
    {
      what: 'list of 50',
      connections,
      ...(await load(client, connections, { method: 'GET', path: client.paths.list })),
    },
  ];
}

/** A server of its own; on a database of its own, if there is a PostgreSQL, which may be filled once it has its tables. */
async function withServer<Result>(
  serverUrl: string | null,
  use: (server: ServerProcess) => Promise<Result>,
  fill: (databaseUrl: string) => Promise<void> = () => Promise.resolve(),
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'synap-bench-'));
  const database = serverUrl === null ? null : await createTemporaryDatabase(serverUrl);
  const environment = { ...ENVIRONMENT, ...(database === null ? {} : { DATABASE_URL: database.url }) };
  try {
    await (await startServer(directory, environment, { isMeasured: true })).stop();
    if (database !== null) await fill(database.url);
    const server = await startServer(directory, environment, { isMeasured: true });
    try {
      return await use(server);
    } finally {
      await server.stop();
    }
  } finally {
    await database?.drop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function withBareServer<Result>(serverUrl: string, use: (address: string) => Promise<Result>): Promise<Result> {
  const { url, drop } = await createTemporaryDatabase(serverUrl);
  const program = fileURLToPath(new URL('./bare-server.js', import.meta.url));
  const child = spawn(process.execPath, [program, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    return await use(await addressOf(child));
  } finally {
    child.kill();
    await once(child, 'exit');
    await drop();
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('The bare server has no output.');
  const [line]: unknown[] = await once(child.stdout, 'data');
  return String(line).trim();
}
