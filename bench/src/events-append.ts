import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import {
  addUser,
  createCommitWrite,
  openEventLog,
  openPostgres,
  type PreparedAppend,
  prepareAppend,
  type StreamHead,
} from '@synap/database';
import {
  CorrelationId,
  type EntityDelta,
  EntityId,
  type EntityState,
  EventId,
  evolveEntity,
  UserId,
} from '@synap/domain';
import pg from 'pg';
import { v7 } from 'uuid';
import type { BenchTable } from './bench-table.ts';
import { milliseconds, percentile } from './percentiles.ts';

/*
 * Appends against two peers on the same server and in the same run: the bare minimum, a transaction of one INSERT; and
 * Emmett, an event store for PostgreSQL. Emmett carries no licence, so it is no dependency: it is installed into a
 * folder of its own for the length of the run. Variants take turns in slices, so that a noisy moment hits all alike.
 */

const EMMETT = '@event-driven-io/emmett-postgresql@0.42.0';
const WRITERS = [1, 16];
const SLICES = 6;
const SLICE_MS = 1_000;

/** One append of one writer. */
type Append = (writer: number, count: number) => Promise<unknown>;

interface Variant {
  readonly name: string;
  readonly append: Append;
  readonly close: () => Promise<void>;
}

export async function appendTable(url: string): Promise<BenchTable> {
  const variants = [await bareInsert(url), ...(await synap(url))];
  const emmett = await openEmmett(url);
  if (emmett !== null) variants.push(emmett);
  const rows: (string | number)[][] = [];
  for (const writers of WRITERS) {
    const slices = await takeTurns(variants, writers);
    const floor = median(slices.get('bare INSERT transaction')?.map(({ perSecond }) => perSecond) ?? []);
    for (const [name, measured] of slices) {
      const perSecond = median(measured.map((slice) => slice.perSecond));
      const samples = measured.flatMap((slice) => slice.samples);
      rows.push([
        name,
        writers,
        Math.round(perSecond),
        (perSecond / floor).toFixed(2),
        milliseconds(percentile(samples, 0.5)),
        milliseconds(percentile(samples, 0.99)),
      ]);
    }
  }
  for (const { close } of variants) await close();
  return {
    title: 'Append, on PostgreSQL with fsync',
    columns: ['what', 'writers', 'a second', 'of the bare INSERT', 'p50', 'p99'],
    rows,
    notes: emmett === null ? ['Emmett could not be installed: it is left out.'] : [],
  };
}

interface Slice {
  readonly perSecond: number;
  readonly samples: number[];
}

async function takeTurns(variants: readonly Variant[], writers: number): Promise<Map<string, Slice[]>> {
  const slices = new Map<string, Slice[]>();
  for (let round = 0; round < SLICES; round += 1) {
    for (const { name, append } of variants) {
      slices.set(name, [...(slices.get(name) ?? []), await measure(append, writers)]);
    }
  }
  return slices;
}

async function measure(append: Append, writers: number): Promise<Slice> {
  const samples: number[] = [];
  const startedAt = performance.now();
  const end = startedAt + SLICE_MS;
  const write = async (writer: number): Promise<void> => {
    for (let count = 0; performance.now() < end; count += 1) {
      const begunAt = performance.now();
      await append(writer, count);
      samples.push(performance.now() - begunAt);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return { perSecond: (samples.length / (performance.now() - startedAt)) * 1000, samples };
}

async function bareInsert(url: string): Promise<Variant> {
  const pool = new pg.Pool({ connectionString: url, max: 16 });
  await pool.query(
    'create table bare (id uuid primary key, stream_id uuid not null, version int not null, type text not null, data jsonb not null, metadata jsonb not null, created_at timestamptz not null default now())',
  );
  const text = 'insert into bare (id, stream_id, version, type, data, metadata) values ($1, $2, $3, $4, $5, $6)';
  return {
    name: 'bare INSERT transaction',
    append: async (_writer, count) => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const data = JSON.stringify({
          oldValue: 'A title of some length',
          newValue: `A title of some length ${count}`,
        });
        const values = [v7(), v7(), 1, 'entity.title_changed', data, '{"actor":{"kind":"user","id":"x"}}'];
        await client.query({ name: 'bare', text, values });
        await client.query('commit');
      } finally {
        client.release();
      }
    },
    close: () => pool.end(),
  };
}

async function synap(url: string): Promise<Variant[]> {
  const database = await openPostgres({ connectionString: url, maxConnections: 16, onConnectionLost: () => undefined });
  const log = await openEventLog(database);
  const userId = UserId.parse(v7());
  await addUser(database, { id: userId, now: new Date() });
  const commit = createCommitWrite(
    { database, log },
    {
      onLag: (error) => {
        throw error;
      },
    },
  );
  const withRows = streamWriter(userId, (prepared, state) =>
    commit({ appends: [prepared], states: { entities: [state], relations: [] }, answer: null }),
  );
  const logOnly = streamWriter(userId, (prepared) =>
    commit({ appends: [prepared], states: { entities: [], relations: [] }, answer: null }),
  );
  return [
    { name: 'Synap, append and row', append: withRows, close: () => database.close() },
    { name: 'Synap, append alone', append: logOnly, close: () => Promise.resolve() },
  ];
}

/** Each writer has a stream of its own, which it begins and then goes on with. */
function streamWriter(userId: UserId, write: (prepared: PreparedAppend, state: EntityState) => Promise<void>): Append {
  const streams = new Map<number, { id: EntityId; head: StreamHead; state: EntityState }>();
  return async (writer, count) => {
    const stream = streams.get(writer);
    const id = stream?.id ?? EntityId.parse(v7());
    const delta: EntityDelta =
      stream === undefined
        ? { type: 'entity.created', data: { entityType: 'note', title: 'A title of some length', given: [] } }
        : {
            type: 'entity.title_changed',
            data: { oldValue: stream.state.title, newValue: `A title of some length ${count}` },
          };
    const prepared = prepareAppend({
      header: {
        userId,
        aggregateId: id,
        aggregateType: 'entity' as const,
        timestamp: new Date(),
        correlationId: CorrelationId.parse(v7()),
        causationId: null,
        source: 'api' as const,
      },
      head: stream?.head ?? null,
      events: [
        {
          id: EventId.parse(v7()),
          delta,
          metadata: { actor: { kind: 'user' as const, id: userId }, command: 'entities.update' },
        },
      ],
    });
    let state = stream?.state ?? null;
    for (const event of prepared.events) state = fold(state, event);
    if (state === null) throw new Error('Nothing was folded.');
    await write(prepared, state);
    const digest = Buffer.from(prepared.stream.digest, 'hex');
    streams.set(writer, { id, state, head: { version: state.version, digest } });
  };
}

function fold(state: EntityState | null, event: ReturnType<typeof prepareAppend>['events'][number]): EntityState {
  if (event.type === 'entity.created' || event.type === 'entity.title_changed') return evolveEntity(state, event);
  throw new Error(`${event.type} is not written here.`);
}

/** What is used of Emmett. */
interface EmmettStore {
  appendToStream(name: string, events: object[], options: object): Promise<{ nextExpectedStreamVersion: bigint }>;
  close(): Promise<void>;
}

async function openEmmett(url: string): Promise<Variant | null> {
  const folder = await mkdtemp(join(tmpdir(), 'synap-emmett-'));
  try {
    await promisify(execFile)('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', EMMETT]);
  } catch {
    await rm(folder, { recursive: true });
    return null;
  }
  const path = createRequire(join(folder, 'package.json')).resolve('@event-driven-io/emmett-postgresql');
  const { getPostgreSQLEventStore } = (await import(pathToFileURL(path).href)) as {
    getPostgreSQLEventStore: (connectionString: string) => EmmettStore;
  };
  const store = getPostgreSQLEventStore(url);
  const versions = new Map<number, { name: string; version: bigint }>();
  return {
    name: 'Emmett 0.42, append alone',
    append: async (writer, count) => {
      const stream = versions.get(writer);
      const name = stream?.name ?? `entity-${v7()}`;
      const data = { oldValue: 'A title of some length', newValue: `A title of some length ${count}` };
      const event = { type: 'entity.title_changed', data, metadata: { actor: { kind: 'user', id: 'x' } } };
      const options = stream === undefined ? {} : { expectedStreamVersion: stream.version };
      const { nextExpectedStreamVersion } = await store.appendToStream(name, [event], options);
      versions.set(writer, { name, version: nextExpectedStreamVersion });
    },
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
