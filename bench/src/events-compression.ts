import { addUser, type EventLog, openEventLog, type Queryable, selectRows } from '@synap/database';
import { openCommunityTimescale } from '@synap/database/testing';
import { UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { v7 } from 'uuid';
import type { BenchTable } from './bench-table.ts';
import { fillLog } from './events-filling.ts';
import { measureReads } from './events-reading.ts';

/*
 * What TimescaleDB's compression saves, and what it costs to read. The community edition is to be had here in a PGlite
 * only, so its times are a WebAssembly database's; sizes and ratios are the same everywhere.
 */

const PEOPLE = 3;
const DAYS = 84;
const DAY_EVENTS = 240;
const DAY_MS = 24 * 60 * 60 * 1000;

/** How rows could be put together in compressed chunks; the first is what the log does. */
const LAYOUTS = [
  { segmentBy: 'user_id', orderBy: 'aggregate_id, version' },
  { segmentBy: 'user_id', orderBy: 'timestamp' },
  { segmentBy: 'user_id', orderBy: 'position' },
  { segmentBy: '', orderBy: 'aggregate_id, version' },
  { segmentBy: 'aggregate_id', orderBy: 'version' },
] as const;

/** What can be taken away from an event: what each costs when it is compressed. */
const PARTS = ['digest', 'id', 'correlation_id', 'metadata'] as const;

export async function compressionTables(sizes: readonly number[]): Promise<BenchTable[]> {
  const tables: BenchTable[] = [];
  const reads: (string | number)[][] = [];
  for (const size of sizes) {
    const database = await openCommunityTimescale();
    try {
      const log = await openEventLog(database);
      const people = Array.from({ length: PEOPLE }, () => UserId.parse(v7()));
      const reader = UserId.parse(v7());
      for (const id of [...people, reader]) await addUser(database, { id, now: new Date() });
      const from = new Date(Date.now() - DAYS * DAY_MS);
      const day = new Date(Date.now() - 40 * DAY_MS);
      await fillLog(log, { userId: reader, events: DAY_EVENTS, from: day, days: 1 });
      for (const userId of people) await fillLog(log, { userId, events: size / PEOPLE, from, days: DAYS });
      await database.queries.execute(sql`analyze`);
      const crowd = people[0] ?? reader;
      reads.push(...(await measureReads(log, { crowd, reader, day, label: `${size}, rows` })));
      if (size === sizes[0]) tables.push(await layoutTable(log), await partsTable(log));
      await compressAll(database.queries, 'events');
      reads.push(...(await measureReads(log, { crowd, reader, day, label: `${size}, compressed` })));
    } finally {
      await database.close();
    }
  }
  const title = 'Reading before and after compression, TimescaleDB community edition in PGlite';
  return [...tables, { title, columns: ['what', 'events', 'p50', 'p99'], rows: reads, notes: [] }];
}

async function layoutTable({ database: { queries } }: EventLog): Promise<BenchTable> {
  const rows: (string | number)[][] = [];
  let before = 0;
  for (const layout of LAYOUTS) {
    const measured = await measureCopy(queries, { ...layout, without: [] });
    before = measured.before;
    rows.push([
      layout.segmentBy || '–',
      layout.orderBy,
      Math.round(measured.after),
      `${(measured.before / measured.after).toFixed(1)} ×`,
    ]);
  }
  return {
    title: 'Bytes of a compressed event',
    columns: ['segment by', 'order by', 'bytes an event', 'smaller by'],
    rows,
    notes: [`Before: ${Math.round(before)} bytes an event with its indexes.`],
  };
}

async function partsTable({ database: { queries } }: EventLog): Promise<BenchTable> {
  const [layout] = LAYOUTS;
  const whole = await measureCopy(queries, { ...layout, without: [] });
  const rows: (string | number)[][] = [['nothing', Math.round(whole.after), '–']];
  for (const part of PARTS) {
    const { after } = await measureCopy(queries, { ...layout, without: [part] });
    rows.push([part, Math.round(after), Math.round(whole.after - after)]);
  }
  const { after } = await measureCopy(queries, { ...layout, without: PARTS });
  rows.push(['all four', Math.round(after), Math.round(whole.after - after)]);
  return {
    title: 'What stands in the way of more: a compressed event without parts of it',
    columns: ['without', 'bytes an event', 'saved'],
    rows,
    notes: [],
  };
}

/** A copy of the log, compressed: bytes an event before, with the indexes, and after. */
async function measureCopy(
  queries: Queryable,
  layout: { segmentBy: string; orderBy: string; without: readonly string[] },
): Promise<{ before: number; after: number }> {
  const statements = [
    'create table copied (like events including defaults)',
    "select create_hypertable('copied', 'timestamp', chunk_time_interval => interval '7 days', create_default_indexes => false)",
    'insert into copied select * from events',
    'create index on copied (position)',
    'create index on copied (aggregate_id, version)',
    'create index on copied (user_id, position)',
    'create index on copied (user_id, timestamp)',
    'create index on copied (user_id, correlation_id)',
  ];
  for (const statement of statements) await queries.execute(sql.raw(statement));
  const [row] = await selectRows<{ size: string; count: string }>(
    queries,
    sql`select hypertable_size('copied') as size, (select count(*) from copied) as count`,
  );
  const count = Number(row?.count);
  for (const column of layout.without) await queries.execute(sql.raw(`alter table copied drop column ${column}`));
  await queries.execute(
    sql.raw(
      `alter table copied set (timescaledb.compress, timescaledb.compress_segmentby = '${layout.segmentBy}', timescaledb.compress_orderby = '${layout.orderBy}')`,
    ),
  );
  await compressAll(queries, 'copied');
  const [compressed] = await selectRows<{ size: string }>(queries, sql`select hypertable_size('copied') as size`);
  await queries.execute(sql`drop table copied`);
  return { before: Number(row?.size) / count, after: Number(compressed?.size) / count };
}

async function compressAll(queries: Queryable, table: string): Promise<void> {
  await queries.execute(
    sql`select compress_chunk(format('%I.%I', chunk_schema, chunk_name)::regclass)
      from timescaledb_information.chunks where hypertable_name = ${table} and not is_compressed`,
  );
}
