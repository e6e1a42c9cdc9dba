import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Database, openPostgres } from '@synap/database';
import { createTemporaryDatabase } from '@synap/database/testing';
import { EntityId } from '@synap/domain';
import { createSearchIndex, type IndexedRevision } from '@synap/search';
import { createClusteredVectors, createRandom, tenantId } from '@synap/search/testing';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { BenchTable } from './bench-table.ts';

/*
 * How fast vectors that are ready go into the index of a PostgreSQL, beside a COPY of the very rows that this makes into a
 * table like it; both with the HNSW index made once all is there. SYNAP_BENCH_BULK_CHUNKS says how many (default 10000).
 */

const MODEL = 'all-minilm-l6-v2';
const DIMENSIONS = 384;
const REVISIONS_PER_CALL = 200;
const WORDS_PER_CHUNK = 120;
const USER = tenantId(0);

/** A table without rows where there is no server. */
export async function searchLoading(): Promise<BenchTable> {
  const serverUrl = process.env.SYNAP_TEST_DATABASE_URL ?? '';
  const chunks = Number(process.env.SYNAP_BENCH_BULK_CHUNKS ?? '10000');
  return {
    title: 'Ready vectors into the index, beside a COPY of the same rows',
    columns: [
      'chunks',
      'ours: rows',
      'HNSW',
      'COPY: rows',
      'HNSW',
      'COPY / ours',
      'COPY, then every index',
      '/ ours',
      'memory of the process meanwhile',
    ],
    rows: serverUrl === '' ? [] : [await measure(serverUrl, chunks)],
    notes: [
      'Ours splits nothing and embeds nothing, but makes the lexemes of texts of 120 words; the COPY brings them ready. Memory is what is resident at a tenth, half and all of the way.',
    ],
  };
}

async function measure(serverUrl: string, chunks: number): Promise<string[]> {
  const { url, drop } = await createTemporaryDatabase(serverUrl);
  const directory = await mkdtemp(join(tmpdir(), 'synap-bench-'));
  const database = await openPostgres({ connectionString: url, onConnectionLost: () => undefined });
  try {
    await addThings(database, chunks);
    const index = createSearchIndex(database);
    await index.beginRebuild(MODEL);
    const memory: number[] = [];
    const ours = await seconds(async () => {
      for (const revisions of readyRevisions(chunks)) {
        await index.replaceAll(revisions);
        memory.push(process.memoryUsage().rss);
      }
    });
    const oursIndex = await seconds(() => index.finishRebuild());
    const file = join(directory, 'rows');
    await copyOut(url, file);
    await database.queries.execute(sql`create table plain_vectors (like entity_vectors including all)`);
    const copied = await seconds(() => copyIn(url, file, 'plain_vectors'));
    const copiedIndex = await seconds(() => database.queries.execute(graphOver('plain_vectors')));
    const afterwards = await seconds(() => copyThenIndex(database, url, file));
    return [
      String(chunks),
      ...[ours, oursIndex, copied, copiedIndex].map((time) => `${time.toFixed(1)} s`),
      ((copied + copiedIndex) / (ours + oursIndex)).toFixed(2),
      `${afterwards.toFixed(1)} s`,
      (afterwards / (ours + oursIndex)).toFixed(2),
      [0.1, 0.5, 1]
        .map((share) => memory[Math.max(0, Math.ceil(memory.length * share) - 1)] ?? 0)
        .map((bytes) => `${Math.round(bytes / 1024 ** 2)} MB`)
        .join(', '),
    ];
  } finally {
    await database.close();
    await drop();
    await rm(directory, { recursive: true, force: true });
  }
}

function graphOver(table: string) {
  return sql.raw(
    `create index on ${table} using hnsw ((embedding::halfvec(${DIMENSIONS})) halfvec_cosine_ops) where generation = 1`,
  );
}

/** What nobody can do who is being searched meanwhile. */
async function copyThenIndex({ queries }: Database, url: string, file: string): Promise<void> {
  await queries.execute(sql`create table bare_vectors (like entity_vectors)`);
  await copyIn(url, file, 'bare_vectors');
  await queries.execute(sql`alter table bare_vectors add primary key (entity_id, generation, chunk_index)`);
  await queries.execute(sql`create index on bare_vectors (user_id, generation, language)`);
  await queries.execute(sql`create index on bare_vectors using gin (lexemes)`);
  await queries.execute(sql`create index on bare_vectors using gin (title_lexemes)`);
  await queries.execute(graphOver('bare_vectors'));
}

async function seconds(action: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await action();
  return (performance.now() - startedAt) / 1000;
}

function thingId(number: number): EntityId {
  return EntityId.parse(`01890000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`);
}

async function addThings({ queries }: Database, count: number): Promise<void> {
  await queries.execute(sql`insert into users (id, created_at) values (${USER}, now())`);
  await queries.execute(sql`
    insert into entities (id, user_id, type, title, preview, provenance, version, created_at, updated_at)
    select ('01890000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid, ${USER}, 'note', 'Thing', '', '{}', 1, now(), now()
    from generate_series(0, ${count - 1}::int) number`);
}

/** A few hundred at a time: all of them at once would be what the memory is full of. */
function* readyRevisions(count: number): Generator<IndexedRevision[]> {
  const random = createRandom(3);
  const nextVector = createClusteredVectors(DIMENSIONS, createRandom(7));
  for (let from = 0; from < count; from += REVISIONS_PER_CALL) {
    yield Array.from({ length: Math.min(REVISIONS_PER_CALL, count - from) }, (_, place) => {
      // Few words are frequent and many rare, as in any text.
      const words = Array.from({ length: WORDS_PER_CHUNK }, () => `word${Math.floor(20_000 * random() ** 4)}`);
      const text = `this is the thing that was ${words.join(' ')}`;
      const chunk = { start: 0, end: text.length, text, embedding: nextVector() };
      const entityId = thingId(from + place);
      return { userId: USER, entityId, entityVersion: 1, checksum: '', title: 'Thing', model: MODEL, chunks: [chunk] };
    });
  }
}

async function copyOut(url: string, file: string): Promise<void> {
  await withClient(url, (client) =>
    pipeline(client.query(copyTo('copy entity_vectors to stdout')), createWriteStream(file)),
  );
}

async function copyIn(url: string, file: string, table: string): Promise<void> {
  await withClient(url, (client) =>
    pipeline(createReadStream(file), client.query(copyFrom(`copy ${table} from stdin`))),
  );
}

async function withClient(url: string, action: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await action(client);
  } finally {
    await client.end();
  }
}
