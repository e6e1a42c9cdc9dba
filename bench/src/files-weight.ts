import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openPglite, type Queryable, selectRows } from '@synap/database';
import { sql } from 'drizzle-orm';
import type { BenchTable } from './bench-table.ts';

/** What a table that carries content has in the design that keeps it in the database: the row, its event, its cache. */
const COPIES = [
  'create table copied_rows as select entities.*, contents.content from entities join contents using (id)',
  'create unique index on copied_rows (id)',
  `create table copied_events as
    select events.*, jsonb_build_object('content', contents.content) || events.data as data_with_content
    from events left join contents on contents.id = aggregate_id and event_type = 'entity.file_uploaded'`,
  'alter table copied_events drop column data',
  'create index on copied_events (aggregate_id, version)',
  `create table copied_cache as
    select id::text as key, jsonb_build_object('entity', to_jsonb(copied_rows)) as value from copied_rows`,
  'create unique index on copied_cache (key)',
];

/**
 * What stored notes weigh, beside the same notes with their content in the database: in the row, in the event that
 * stored it, and in a cache of whole rows.
 *
 * @param stores data directories with files in a directory, whose servers have ended.
 */
export async function weightTable(stores: readonly { name: string; directory: string }[]): Promise<BenchTable> {
  const rows: (string | number)[][] = [];
  for (const { name, directory } of stores) {
    const { count, content, copies, here } = await weigh(directory);
    const files = await weighFiles(join(directory, 'files', 'users'));
    const line = (what: string, bytes: number) => [
      `${name}: ${what}`,
      Math.round(bytes / count),
      `${Math.round((1 - bytes / copies) * 100)} %`,
    ];
    rows.push(
      [`${name}: content alone`, Math.round(content / count), ''],
      line('content in the database: row, event, cache', copies),
      line('here: rows and events, in the database', here),
      line('here: and the file, as a bucket counts it', here + files.sizeBytes),
      line('here: and the file, in blocks of the disk', here + files.allocatedBytes),
    );
  }
  return {
    title: 'What a note weighs, in bytes',
    columns: ['what', 'bytes a note', 'less than with content in the database'],
    rows,
    notes: ['PostgreSQL compresses long values; files are kept as they are.'],
  };
}

/** Bytes of all notes together. */
interface Weight {
  readonly count: number;
  readonly content: number;
  readonly copies: number;
  readonly here: number;
}

async function weigh(directory: string): Promise<Weight> {
  const database = await openPglite({ directory: join(directory, 'database') });
  try {
    const { queries } = database;
    await fillContents(queries, join(directory, 'files'));
    for (const statement of COPIES) await queries.execute(sql.raw(statement));
    // The copies are new and have no gaps; a table that was written row by row is measured without them too.
    await queries.execute(sql`vacuum full entities`);
    await queries.execute(sql`vacuum analyze`);
    const [row] = await selectRows<Record<keyof Weight, string>>(
      queries,
      sql`select (select count(*) from contents) as count,
        (select sum(octet_length(content)) from contents) as content,
        pg_table_size('entities') + pg_relation_size('entities_pkey')
          + (select sum(pg_table_size(inhrelid)) from pg_inherits where inhparent = 'events'::regclass)
          + (select sum(pg_relation_size(indexrelid)) from pg_index join pg_class on pg_class.oid = indexrelid
             where relname like 'events_%aggregate_id_version%') as here,
        pg_total_relation_size('copied_rows') + pg_total_relation_size('copied_events')
          + pg_total_relation_size('copied_cache') as copies`,
    );
    return {
      count: Number(row?.count),
      content: Number(row?.content),
      copies: Number(row?.copies),
      here: Number(row?.here),
    };
  } finally {
    await database.close();
  }
}

async function fillContents(queries: Queryable, files: string): Promise<void> {
  const notes = await selectRows<{ id: string; path: string }>(
    queries,
    sql`select id, file_path as path from entities where file_path is not null`,
  );
  const rows = await Promise.all(
    notes.map(async ({ id, path }) => ({ id, content: await readFile(join(files, path), 'utf8') })),
  );
  await queries.execute(sql`create table contents (id uuid primary key, content text not null)`);
  await queries.execute(
    sql`insert into contents select id, content from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as note (id uuid, content text)`,
  );
}

async function weighFiles(directory: string): Promise<{ sizeBytes: number; allocatedBytes: number }> {
  const weight = { sizeBytes: 0, allocatedBytes: 0 };
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const { size, blocks } = await stat(join(entry.parentPath, entry.name));
    weight.sizeBytes += size;
    weight.allocatedBytes += blocks * 512;
  }
  return weight;
}
