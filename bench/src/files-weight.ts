import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openPglite, type Queryable, selectRows } from '@synap/database';
import { sql } from 'drizzle-orm';
import type { BenchTable } from './bench-table.ts';
import { smallNotes } from './files-import.ts';

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
 * What the notes of an import weigh, beside the same notes with their content in the database: in the row, in the event
 * that stored it, and in a cache of whole rows.
 *
 * @param directory the data directory of the import; its server has ended.
 */
export async function weightTable(directory: string): Promise<BenchTable> {
  const database = await openPglite({ directory: join(directory, 'database') });
  try {
    const { queries } = database;
    await fillContents(queries);
    for (const statement of COPIES) await queries.execute(sql.raw(statement));
    await queries.execute(sql`vacuum analyze`);
    const [row] = await selectRows<{ count: string; rows: string; events: string; copies: string }>(
      queries,
      sql`select (select count(*) from contents) as count,
        pg_table_size('entities') + pg_relation_size('entities_pkey') as rows,
        (select sum(pg_table_size(inhrelid)) from pg_inherits where inhparent = 'events'::regclass)
          + (select sum(pg_relation_size(indexrelid)) from pg_index join pg_class on pg_class.oid = indexrelid
             where relname like 'events_%aggregate_id_version%') as events,
        pg_total_relation_size('copied_rows') + pg_total_relation_size('copied_events')
          + pg_total_relation_size('copied_cache') as copies`,
    );
    const count = Number(row?.count);
    const files = await weighFiles(join(directory, 'files', 'users'));
    const rows = Number(row?.rows) + Number(row?.events);
    const copies = Number(row?.copies);
    const line = (name: string, bytes: number) => [
      name,
      Math.round(bytes / count),
      `${Math.round((1 - bytes / copies) * 100)} %`,
    ];
    return {
      title: 'What a note weighs, in bytes',
      columns: ['what', 'bytes a note', 'less than with content in the database'],
      rows: [
        line('content in the database: row, event, cache', copies),
        line('here: rows and events, in the database', rows),
        line('here: and the file, as a bucket counts it', rows + files.sizeBytes),
        line('here: and the file, in blocks of the disk', rows + files.allocatedBytes),
      ],
      notes: ['PostgreSQL compresses long values; files are kept as they are.'],
    };
  } finally {
    await database.close();
  }
}

/** The content of each note, found by its title. */
async function fillContents(queries: Queryable): Promise<void> {
  const notes = await selectRows<{ id: string; title: string }>(queries, sql`select id, title from entities`);
  const contents = await smallNotes(notes.length);
  const byTitle = new Map(contents.map((content) => [content.slice(2, content.indexOf('\n')), content]));
  const rows = notes.map(({ id, title }) => ({ id, content: byTitle.get(title) ?? '' }));
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
