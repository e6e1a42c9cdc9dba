import { addUser, type EventLog, openEventLog, openPostgres, rebuildProjections, selectRows } from '@synap/database';
import { createTemporaryDatabase } from '@synap/database/testing';
import { UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { v7 } from 'uuid';
import type { BenchTable } from './bench-table.ts';
import { appendTable } from './events-append.ts';
import { compressionTables } from './events-compression.ts';
import { fillLog } from './events-filling.ts';
import { measureReads } from './events-reading.ts';

/*
 * The event log on a PostgreSQL server: how fast it takes events, how fast they are folded again, what they weigh, and
 * whether the history of one thing and one day of one person stay quick as the log grows.
 */

/** The sizes at which reading and replaying is measured; the largest can be limited for a quick run. */
const SIZES = [10_000, 100_000, 1_000_000];
/** At which compression is measured: smaller, since it is to be had in WebAssembly only. */
const COMPRESSED_SIZES = [48_000, 192_000];
/** How long the events are spread over, and how many one day has, whatever the size. */
const DAYS = 84;
const DAY_EVENTS = 240;
const DAY_MS = 24 * 60 * 60 * 1000;

export async function events(): Promise<BenchTable[]> {
  const serverUrl = process.env.SYNAP_TEST_DATABASE_URL ?? '';
  if (serverUrl === '') {
    throw new Error(
      'Set SYNAP_TEST_DATABASE_URL to a PostgreSQL server: bash scripts/start-postgres.sh start PORT DIR',
    );
  }
  const largest = Number(process.env.SYNAP_BENCH_EVENTS ?? SIZES.at(-1));
  const { url, drop } = await createTemporaryDatabase(serverUrl);
  const append = await appendTable(url);
  await drop();
  return [
    append,
    ...(await growth(
      serverUrl,
      SIZES.filter((size) => size <= largest),
    )),
    ...(await compressionTables(COMPRESSED_SIZES.filter((size) => size <= largest))),
  ];
}

async function growth(serverUrl: string, sizes: readonly number[]): Promise<BenchTable[]> {
  const { url, drop } = await createTemporaryDatabase(serverUrl);
  const database = await openPostgres({ connectionString: url, onConnectionLost: () => undefined });
  const log = await openEventLog(database);
  const [crowd, reader] = [UserId.parse(v7()), UserId.parse(v7())];
  for (const id of [crowd, reader]) await addUser(database, { id, now: new Date() });
  const day = new Date(Date.now() - 40 * DAY_MS);
  await fillLog(log, { userId: reader, events: DAY_EVENTS, from: day, days: 1 });
  const reads: (string | number)[][] = [];
  const replays: (string | number)[][] = [];
  let written = 0;
  for (const size of sizes) {
    await fillLog(log, {
      userId: crowd,
      events: size - written,
      from: new Date(Date.now() - DAYS * DAY_MS),
      days: DAYS,
    });
    written = size;
    await database.queries.execute(sql`vacuum analyze`);
    reads.push(...(await measureReads(log, { crowd, reader, day, label: size })));
    replays.push(await measureReplay(log, size));
  }
  const weight = await weigh(log, written);
  await database.close();
  await drop();
  return [
    { title: 'Reading, by the size of the log', columns: ['what', 'events', 'p50', 'p99'], rows: reads, notes: [] },
    {
      title: 'Replay: every row folded and stored anew',
      columns: ['events', 'events a second', 'memory in use afterwards'],
      rows: replays,
      notes: ['Target: 20,000 events a second, memory the same at any size.'],
    },
    weight,
  ];
}

async function measureReplay(log: EventLog, size: number): Promise<(string | number)[]> {
  const startedAt = performance.now();
  const { events: replayed } = await rebuildProjections({ database: log.database, log });
  const seconds = (performance.now() - startedAt) / 1000;
  const megabytes = Math.round(process.memoryUsage().rss / 1024 / 1024);
  return [size, Math.round(replayed / seconds), `${megabytes} MB`];
}

async function weigh({ database }: EventLog, size: number): Promise<BenchTable> {
  const [row] = await selectRows<Record<string, string>>(
    database.queries,
    sql`select
      (select sum(pg_table_size(inhrelid)) from pg_inherits where inhparent = 'events'::regclass) as rows,
      (select sum(pg_indexes_size(inhrelid)) from pg_inherits where inhparent = 'events'::regclass) as indexes,
      pg_total_relation_size('event_keys') as keys, pg_total_relation_size('aggregates') as heads`,
  );
  const each = (name: string): number => Math.round(Number(row?.[name] ?? 0) / size);
  return {
    title: 'Bytes of an event on disk, plain PostgreSQL',
    columns: ['rows', 'indexes', 'event_keys', 'aggregates'],
    rows: [[each('rows'), each('indexes'), each('keys'), each('heads')]],
    notes: [],
  };
}
