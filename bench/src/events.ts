import {
  addUser,
  type EventLog,
  openEventLog,
  openPostgres,
  rebuildProjections,
  type StreamAppend,
  schema,
  selectRows,
} from '@synap/database';
import { createTemporaryDatabase } from '@synap/database/testing';
import { CorrelationId, type EntityDelta, EventId, UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { v7 } from 'uuid';
import type { BenchTable } from './bench-table.ts';
import { appendTable } from './events-append.ts';
import { milliseconds, percentile, timeEach } from './percentiles.ts';

/*
 * The event log on a PostgreSQL server: how fast it takes events, how fast they are folded again, what they weigh, and
 * whether the history of one thing and one day of one person stay quick as the log grows.
 */

/** The sizes at which reading and replaying is measured; the largest can be limited for a quick run. */
const SIZES = [10_000, 100_000, 1_000_000];
const EVENTS_PER_STREAM = 8;
const STREAMS_PER_BATCH = 250;
const READS = 200;
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
  ];
}

async function growth(serverUrl: string, sizes: readonly number[]): Promise<BenchTable[]> {
  const { url, drop } = await createTemporaryDatabase(serverUrl);
  const database = await openPostgres({ connectionString: url, onConnectionLost: () => undefined });
  const log = await openEventLog(database);
  const [crowd, reader] = [UserId.parse(v7()), UserId.parse(v7())];
  for (const id of [crowd, reader]) await addUser(database, { id, now: new Date() });
  const day = new Date(Date.now() - 40 * DAY_MS);
  await fill(log, { userId: reader, events: DAY_EVENTS, from: day, days: 1 });
  const reads: (string | number)[][] = [];
  const replays: (string | number)[][] = [];
  let written = 0;
  for (const size of sizes) {
    await fill(log, { userId: crowd, events: size - written, from: new Date(Date.now() - DAYS * DAY_MS), days: DAYS });
    written = size;
    await database.queries.execute(sql`vacuum analyze`);
    reads.push(...(await measureReads(log, { crowd, reader, day, size })));
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

const CREATED: EntityDelta = {
  type: 'entity.created',
  data: { entityType: 'note', title: 'A title of some length', given: [] },
};

/** Appends streams of eight events, spread over some days. */
async function fill(
  log: EventLog,
  { userId, events: count, from, days }: { userId: UserId; events: number; from: Date; days: number },
): Promise<void> {
  const streams = Math.ceil(count / EVENTS_PER_STREAM);
  for (let begun = 0; begun < streams; begun += STREAMS_PER_BATCH) {
    const batch = Array.from({ length: Math.min(STREAMS_PER_BATCH, streams - begun) }, (_, index): StreamAppend => {
      const timestamp = new Date(from.getTime() + ((begun + index) / streams) * days * DAY_MS * 0.999);
      return {
        header: {
          userId,
          aggregateId: v7(),
          aggregateType: 'entity',
          timestamp,
          correlationId: CorrelationId.parse(v7()),
          causationId: null,
          source: 'api',
        },
        head: null,
        events: Array.from({ length: EVENTS_PER_STREAM }, (__, version) => ({
          id: EventId.parse(v7()),
          delta:
            version === 0
              ? CREATED
              : {
                  type: 'entity.title_changed',
                  data: { oldValue: 'A title of some length', newValue: `A title of some length ${version}` },
                },
          metadata: { actor: { kind: 'user', id: userId }, command: 'entities.update' },
        })),
      };
    });
    await log.append(batch);
  }
}

async function measureReads(
  log: EventLog,
  { crowd, reader, day, size }: { crowd: UserId; reader: UserId; day: Date; size: number },
): Promise<(string | number)[][]> {
  const { queries } = log.database;
  const ids = await queries
    .select({ id: schema.aggregates.id })
    .from(schema.aggregates)
    .where(sql`user_id = ${crowd}`)
    .orderBy(sql`random()`)
    .limit(READS);
  const history = await timeEach(READS, (index) =>
    log.readAggregate({ userId: crowd, aggregateId: ids[index % ids.length]?.id ?? '' }),
  );
  const oneDay = await timeEach(READS / 4, async () => {
    let read = 0;
    for await (const _ of log.readRange({ userId: reader, from: day, to: new Date(day.getTime() + DAY_MS) })) read += 1;
    if (read === 0) throw new Error('The day is empty.');
  });
  return [
    ['history of one thing', size, milliseconds(percentile(history, 0.5)), milliseconds(percentile(history, 0.99))],
    [
      `one day of one person (${DAY_EVENTS} events)`,
      size,
      milliseconds(percentile(oneDay, 0.5)),
      milliseconds(percentile(oneDay, 0.99)),
    ],
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
