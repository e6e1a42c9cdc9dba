import { mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openPglite } from '@synap/database';
import { type ServerProcess, startServer } from '@synap/e2e/server-process';
import pLimit from 'p-limit';
import type { BenchTable } from './bench-table.ts';
import { milliseconds, percentile, timeEach } from './percentiles.ts';
import { readVault, type VaultNote } from './vault.ts';

/*
 * The embedded server over HTTP, as a process of its own: how long a person waits, how long an import takes, how soon
 * it is ready and what it weighs. The floor of a write is what the same disk and the same kind of database need for the
 * bare minimum, measured in the same run: a synced file and one committed row.
 */

const SAMPLES = 300;
const PACED_SAMPLES = 100;
const WARM_UP = 20;
const IMPORTS_AT_ONCE = 4;

export async function foundation(): Promise<BenchTable[]> {
  const root = await mkdtemp(join(tmpdir(), 'synap-bench-'));
  try {
    const floors = await measureFloors(root);
    const directory = join(root, 'data');
    await (await startServer(directory, {}, { isMeasured: true })).stop();
    const startedAt = performance.now();
    const server = await startServer(directory, {}, { isMeasured: true });
    const coldStartMs = performance.now() - startedAt;
    const idleMegabytes = await residentMegabytes(server);
    const latencies = await measureLatencies(server, floors);
    const vault = await measureImport(server, await readVault());
    const afterMegabytes = await residentMegabytes(server);
    const idleCpu = await idleCpuShare(server);
    await server.stop();
    return [latencies, vault, weightTable({ coldStartMs, idleMegabytes, afterMegabytes, idleCpu })];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

interface Floors {
  syncedFile: number[];
  committedRow: number[];
  bareRequest: number[];
}

async function measureFloors(root: string): Promise<Omit<Floors, 'bareRequest'>> {
  const content = Buffer.alloc(1000, 'a');
  const syncedFile = await timeEach(SAMPLES, async (index) => {
    const handle = await open(join(root, `draft-${index}`), 'wx');
    await handle.write(content);
    await handle.sync();
    await handle.close();
    await rename(join(root, `draft-${index}`), join(root, `file-${index}`));
  });
  const database = await openPglite({ directory: join(root, 'floor') });
  await database.queries.execute('create table floor (id int primary key, value text not null)');
  const committedRow = await timeEach(SAMPLES, (index) =>
    database.queries.execute(`insert into floor values (${index}, 'a row of a plain table')`),
  );
  await database.close();
  return { syncedFile, committedRow };
}

async function measureLatencies(server: ServerProcess, floors: Omit<Floors, 'bareRequest'>): Promise<BenchTable> {
  const captured: string[] = [];
  const capture = (index: number) =>
    server.call('POST', '/api/v1/capture', { content: `Call the plumber about pipe ${index} tomorrow at 9` });
  const create = (index: number) =>
    server.call('POST', '/api/v1/notes', { content: `# Note ${index}\n\nSomething worth keeping, number ${index}.` });
  await timeEach(WARM_UP, create);
  await timeEach(WARM_UP, capture);
  const bareRequest = await timeEach(SAMPLES, () => server.call('GET', '/health/live'));
  const writeFloor =
    percentile(floors.syncedFile, 0.5) + percentile(floors.committedRow, 0.5) + percentile(bareRequest, 0.5);
  const readFloor = percentile(bareRequest, 0.5);
  const measured: [string, number[], number][] = [
    ['bare request (floor)', bareRequest, readFloor],
    ['synced file of 1 kB (floor)', floors.syncedFile, percentile(floors.syncedFile, 0.5)],
    ['one committed row, PGlite (floor)', floors.committedRow, percentile(floors.committedRow, 0.5)],
    [
      'capture → answer, five a second, enrichment running',
      await timeEach(PACED_SAMPLES, capture, { pauseMs: 200 }),
      writeFloor,
    ],
    [
      'capture → answer, one after the other, enrichment saturated',
      await timeEach(SAMPLES, async (index) => captured.push((await capture(index)).body.entity.id)),
      writeFloor,
    ],
    ['note create, one after the other, indexing saturated', await timeEach(SAMPLES, create), writeFloor],
  ];
  await untilIndexed(server);
  measured.push(
    ['note create, otherwise idle', await timeEach(SAMPLES, create, { pauseMs: 30 }), writeFloor],
    [
      'entity get',
      await timeEach(SAMPLES, (index) => server.call('GET', `/api/v1/entities/${captured[index % captured.length]}`)),
      readFloor,
    ],
    [
      'content read',
      await timeEach(SAMPLES, async (index) =>
        (await server.fetch(`/api/v1/entities/${captured[index % captured.length]}/content`)).text(),
      ),
      readFloor,
    ],
    ['list of 50', await timeEach(100, () => server.call('GET', '/api/v1/entities?limit=50')), readFloor],
    [
      'hybrid search',
      await timeEach(100, (index) => server.call('GET', `/api/v1/search?q=water%20pipe%20trouble%20${index}`)),
      readFloor,
    ],
  );
  const rows = measured.map(([name, samples, floor]) => {
    const p50 = percentile(samples, 0.5);
    return [name, milliseconds(p50), milliseconds(percentile(samples, 0.99)), `${(p50 / floor).toFixed(1)} ×`];
  });
  return {
    title: 'Embedded server over HTTP, one client',
    columns: ['what', 'p50', 'p99', 'p50 to its floor'],
    rows,
    notes: [
      'The floor of a write is a bare request, a synced file and one committed row together; the floor of a read is a bare request.',
    ],
  };
}

async function measureImport(server: ServerProcess, notes: readonly VaultNote[]): Promise<BenchTable> {
  const limit = pLimit(IMPORTS_AT_ONCE);
  const startedAt = performance.now();
  await Promise.all(
    notes.map(({ title, content }) => limit(() => server.call('POST', '/api/v1/notes', { title, content }))),
  );
  const storedMs = performance.now() - startedAt;
  await untilIndexed(server);
  const searchableMs = performance.now() - startedAt;
  const rate = (ms: number) => ((notes.length * 1000) / ms).toFixed(1);
  return {
    title: `Import of ${notes.length} notes, ${IMPORTS_AT_ONCE} at a time`,
    columns: ['until', 'seconds', 'notes/s'],
    rows: [
      ['all stored', (storedMs / 1000).toFixed(1), rate(storedMs)],
      ['all searchable', (searchableMs / 1000).toFixed(1), rate(searchableMs)],
    ],
    notes: [],
  };
}

/** The workflows tell how many runs are still to do. */
async function untilIndexed(server: ServerProcess): Promise<void> {
  const unfinished = async (): Promise<string> =>
    (await server.call('GET', '/health/ready')).body.dependencies.workflows.detail;
  while (!(await unfinished()).startsWith('0 unfinished')) await delay(50);
}

async function residentMegabytes(server: ServerProcess): Promise<number> {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Of one core, over five seconds in which nobody asks anything. */
async function idleCpuShare(server: ServerProcess): Promise<number> {
  const ticks = async () => {
    const fields = (await readFile(`/proc/${server.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  };
  const before = await ticks();
  await delay(5000);
  return ((await ticks()) - before) / 5 / 100;
}

function weightTable(weight: {
  coldStartMs: number;
  idleMegabytes: number;
  afterMegabytes: number;
  idleCpu: number;
}): BenchTable {
  return {
    title: 'Start and weight',
    columns: ['what', 'figure'],
    rows: [
      ['second start to ready', `${(weight.coldStartMs / 1000).toFixed(2)} s`],
      ['resident when idle', `${weight.idleMegabytes.toFixed(0)} MB`],
      ['resident after the import', `${weight.afterMegabytes.toFixed(0)} MB`],
      ['idle', `${(weight.idleCpu * 100).toFixed(1)} % of a core`],
    ],
    notes: [],
  };
}
