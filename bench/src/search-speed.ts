import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openPglite, openPostgres } from '@synap/database';
import { createTemporaryDatabase } from '@synap/database/testing';
import { createSearchIndex, type SearchFilter } from '@synap/search';
import {
  createClusteredVectors,
  createRandom,
  ensureSyntheticIndex,
  fillSyntheticIndex,
  findNearestExactly,
  tenantId,
} from '@synap/search/testing';
import { createLogger, readConfiguration, startApplication } from '@synap/server';
import { sql } from 'drizzle-orm';
import * as z from 'zod';
import type { BenchTable } from './bench-table.ts';
import { milliseconds, percentile, timeEach } from './percentiles.ts';

/*
 * How fast search is by the number of chunks, with clustered vectors of the local model's length, and whether it finds
 * what an exact search finds. SYNAP_BENCH_CHUNKS names the sizes (default 1000,10000), SYNAP_BENCH_EMBEDDED_CHUNKS those
 * of the embedded database; on a server, named by SYNAP_TEST_DATABASE_URL, a table of 1,000,000 is SYNAP_BENCH_CHUNKS=1000000.
 */

const MODEL = 'all-minilm-l6-v2';
const DIMENSIONS = 384;
const SAMPLES = 100;
const RECALL_QUERIES = 20;
const WARM_UP = 10;

const FILTERS: readonly [string, SearchFilter, string][] = [
  ['all', {}, 'true'],
  ['10 %', { tag: 'often' }, tagged('often')],
  ['1 %', { type: 'task' }, "entity.type = 'task'"],
  ['0.1 %', { tag: 'rare' }, tagged('rare')],
];

function tagged(name: string): string {
  return `exists (select from entity_tags where entity_tags.entity_id = entity.id and tag = '${name}')`;
}

interface Store {
  readonly name: string;
  readonly databaseUrl: string | null;
  readonly directory: string;
  open(): Promise<Database>;
  drop(): Promise<void>;
}

export async function searchSpeed(): Promise<BenchTable[]> {
  const serverUrl = process.env.SYNAP_TEST_DATABASE_URL ?? '';
  const sizes = sizesOf(process.env.SYNAP_BENCH_CHUNKS, '1000,10000');
  const embedded = sizesOf(process.env.SYNAP_BENCH_EMBEDDED_CHUNKS, '1000,10000');
  const rows: { speed: string[][]; recall: string[][] } = { speed: [], recall: [] };
  for (const size of serverUrl === '' ? [] : sizes) await measure(await openServer(serverUrl), size, rows);
  for (const size of embedded) await measure(await openEmbedded(), size, rows);
  return [
    {
      title: 'Search by the number of one user\u2019s chunks, of 90 % of all in the table',
      columns: [
        'store',
        'chunks',
        'filled',
        'HNSW built',
        'hybrid p50',
        'p95',
        'semantic in the index p50',
        'bare pgvector p50',
        'with ef_search 200',
      ],
      rows: rows.speed,
      notes: [
        'Hybrid is the whole request with its embedding; the bare query is the 50 nearest of the whole table, with the default ef_search (40, so 40 are found) and with ours.',
      ],
    },
    {
      title: 'recall@10 against an exact search',
      columns: ['store', 'table', 'of it the user\u2019s', ...FILTERS.map(([name]) => name)],
      rows: rows.recall,
      notes: ['The columns are shares of the user\u2019s things that the filter leaves.'],
    },
  ];
}

function sizesOf(text: string | undefined, otherwise: string): number[] {
  return (text ?? otherwise).split(',').filter(Boolean).map(Number);
}

async function openServer(serverUrl: string): Promise<Store> {
  const { url, drop } = await createTemporaryDatabase(serverUrl);
  const directory = await mkdtemp(join(tmpdir(), 'synap-bench-'));
  return {
    name: 'PostgreSQL',
    databaseUrl: url,
    directory,
    open: () => openPostgres({ connectionString: url, onConnectionLost: () => undefined }),
    drop: async () => {
      await drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function openEmbedded(): Promise<Store> {
  const directory = await mkdtemp(join(tmpdir(), 'synap-bench-'));
  return {
    name: 'embedded',
    databaseUrl: null,
    directory,
    open: () => openPglite({ directory: join(directory, 'database') }),
    drop: () => rm(directory, { recursive: true, force: true }),
  };
}

async function measure(store: Store, size: number, rows: { speed: string[][]; recall: string[][] }): Promise<void> {
  try {
    const middle = Math.min(1_000, Math.ceil(size / 20));
    const large = size >= 1_000_000 ? [size / 10] : [];
    const most = size - middle - 10 - (large[0] ?? 0);
    const tenants = [most, middle, 10, ...large].map((chunks, number) => ({ userId: tenantId(number), chunks }));
    const database = await store.open();
    const startedAt = performance.now();
    await fillSyntheticIndex(database, { tenants, dimensions: DIMENSIONS, model: MODEL });
    const filledAt = performance.now();
    // Whose key the requests are made with.
    await database.queries.execute(sql`update users set role = 'owner' where id = ${tenantId(0)}`);
    await ensureSyntheticIndex(database);
    const builtAt = performance.now();
    for (const tenant of tenants) rows.recall.push([store.name, String(size), ...(await recallOf(database, tenant))]);
    const semantic = await timeSemantic(database);
    const bare = await timeBare(database, { efSearch: 40 });
    const bareAsOurs = await timeBare(database, { efSearch: 200 });
    await database.close();
    const hybrid = await timeRequests(store);
    rows.speed.push([
      store.name,
      String(size),
      `${Math.round(size / ((filledAt - startedAt) / 1000))} chunks/s`,
      `${((builtAt - filledAt) / 1000).toFixed(1)} s`,
      milliseconds(percentile(hybrid, 0.5)),
      milliseconds(percentile(hybrid, 0.95)),
      milliseconds(percentile(semantic, 0.5)),
      milliseconds(percentile(bare, 0.5)),
      milliseconds(percentile(bareAsOurs, 0.5)),
    ]);
  } finally {
    await store.drop();
  }
}

const createQueries = () => {
  const next = createClusteredVectors(DIMENSIONS, createRandom(7));
  return Array.from({ length: SAMPLES }, () => next());
};

async function recallOf(
  database: Database,
  { userId, chunks }: { userId: ReturnType<typeof tenantId>; chunks: number },
): Promise<string[]> {
  const index = createSearchIndex(database);
  const shares: string[] = [];
  for (const [, filter, condition] of FILTERS) {
    let [wanted, found] = [0, 0];
    for (const vector of createQueries().slice(0, RECALL_QUERIES)) {
      const exact = await findNearestExactly(database, { userId, vector, condition, limit: 10 });
      const query = { userId, model: MODEL, text: '', embedding: vector, useWords: false, filter, limit: 50 };
      const nearest = (await index.candidates(query)).chunks.sort(
        (left, right) => (right.similarity ?? 0) - (left.similarity ?? 0),
      );
      const ids = new Set<string>(nearest.slice(0, 10).map(({ entityId }) => entityId));
      wanted += exact.length;
      found += exact.filter((id) => ids.has(id)).length;
    }
    shares.push(wanted === 0 ? '\u2013' : (found / wanted).toFixed(3));
  }
  return [String(chunks), ...shares];
}

function timeSemantic(database: Database): Promise<number[]> {
  const index = createSearchIndex(database);
  const queries = createQueries();
  const query = { userId: tenantId(0), model: MODEL, text: '', useWords: false, filter: {}, limit: 50 };
  return timeEach(SAMPLES, (number) => index.candidates({ ...query, embedding: queries[number] ?? null }));
}

function timeBare({ queries }: Database, { efSearch }: { efSearch: number }): Promise<number[]> {
  const vectors = createQueries().map((vector) => `[${vector.join(',')}]`);
  return queries.transaction(async (transaction) => {
    await transaction.execute(sql`select set_config('hnsw.ef_search', ${String(efSearch)}, true)`);
    return timeEach(SAMPLES, (number) =>
      transaction.execute(sql`select entity_id, chunk_index from entity_vectors where generation = 1
        order by embedding::halfvec(384) <=> ${vectors[number]}::halfvec(384) limit 50`),
    );
  });
}

const answerSchema = z.object({ items: z.array(z.unknown()), closest: z.array(z.unknown()) });

/** Words of the synthetic chunks, rare and frequent, and one that nobody has. */
async function timeRequests({ databaseUrl, directory }: Store): Promise<number[]> {
  const configuration = readConfiguration({
    PORT: '0',
    SYNAP_DATA_DIR: directory,
    LOG_LEVEL: 'warn',
    ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
  });
  const application = await startApplication(configuration, createLogger({ level: 'warn', isTerminal: false }));
  const headers = { authorization: `Bearer ${application.directory.ownerKey}` };
  const ask = async (number: number): Promise<void> => {
    const q = `where is word${number * 7} with some${number % 50} and few${number} half1 ${number % 4 === 0 ? 'unknwon' : ''}`;
    const url = `http://synap.bench/api/v1/search?${new URLSearchParams({ q })}`;
    const response = await application.fetch(new Request(url, { headers }));
    if (!response.ok) throw new Error(await response.text());
    const { items, closest } = answerSchema.parse(await response.json());
    if (items.length + closest.length === 0)
      throw new Error('Nothing was found: this is not the user whose chunks were made.');
  };
  try {
    await timeEach(WARM_UP, ask);
    return await timeEach(SAMPLES, ask);
  } finally {
    await application.close();
  }
}
