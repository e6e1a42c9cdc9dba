import { readFile } from 'node:fs/promises';
import { startServer } from '@synap/e2e/server-process';
import pLimit from 'p-limit';
import type { BenchTable } from './bench-table.ts';
import { milliseconds, percentile } from './percentiles.ts';
import { readVault } from './vault.ts';

const NOTES = Number(process.env.SYNAP_BENCH_NOTES ?? 10_000);
const AT_ONCE = 8;
const SAMPLES = 5;

/** Thousands of small notes over HTTP, eight at a time, with indexing behind them: how fast, and in how much memory. */
export async function importTable(
  runs: readonly { name: string; directory: string; environment: Record<string, string> }[],
): Promise<BenchTable> {
  const contents = await smallNotes(NOTES);
  const rows: (string | number)[][] = [];
  for (const { name, ...where } of runs) {
    const { seconds, times, resident } = await importNotes(contents, where);
    rows.push([name, Math.round(NOTES / seconds), milliseconds(percentile(times, 0.99)), resident.join(', ')]);
  }
  return {
    title: `${NOTES} small notes imported over HTTP, ${AT_ONCE} at a time`,
    columns: ['where', 'notes a second', 'p99', `MB resident after each ${NOTES / SAMPLES}`],
    rows,
    notes: ['Indexing runs behind it and takes its share of the processor.'],
  };
}

/** Stores notes in a new data directory, by a server that has ended when they are there. */
export async function importNotes(
  contents: readonly string[],
  { directory, environment }: { directory: string; environment: Record<string, string> },
): Promise<{ seconds: number; times: readonly number[]; resident: readonly number[] }> {
  const server = await startServer(directory, environment, { isMeasured: true });
  const limit = pLimit(AT_ONCE);
  const resident: number[] = [];
  const times: number[] = [];
  const startedAt = performance.now();
  await Promise.all(
    contents.map((content, index) =>
      limit(async () => {
        const begunAt = performance.now();
        const { status } = await server.call('POST', '/api/v1/notes', { content });
        if (status !== 201) throw new Error(`A note was answered with ${status}.`);
        times.push(performance.now() - begunAt);
        if ((index + 1) % Math.ceil(contents.length / SAMPLES) === 0) {
          resident.push(await residentMegabytes(server.pid));
        }
      }),
    ),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  await server.stop();
  return { seconds, times, resident };
}

/** Notes of one to a few paragraphs, each unlike every other, cut from the test vault. */
async function smallNotes(count: number): Promise<string[]> {
  const text = (await readVault()).map(({ content }) => content).join('\n\n');
  const paragraphs = text.split(/\n{2,}/).filter((paragraph) => paragraph.trim().length > 40);
  return Array.from({ length: count }, (_, index) => {
    const start = (index * 7) % paragraphs.length;
    return `# Note ${index}\n\n${paragraphs.slice(start, start + 2 + (index % 6)).join('\n\n')}\n`;
  });
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
}
