import { ai } from './ai.ts';
import type { BenchTable } from './bench-table.ts';
import { events } from './events.ts';
import { files } from './files.ts';
import { foundation } from './foundation.ts';
import { http } from './http.ts';
import { printTable } from './print-table.ts';
import { searchLoading } from './search-loading.ts';
import { searchQuality } from './search-quality.ts';
import { searchSpeed } from './search-speed.ts';

/** Every benchmark by the name that `npm run bench -- NAME` takes; what each measures stands in its file. */
const BENCHMARKS: Readonly<Record<string, () => Promise<BenchTable[]> | AsyncIterable<BenchTable>>> = {
  foundation,
  events,
  files,
  ai,
  http,
  search: async () => [...(await searchSpeed()), await searchLoading()],
  'search-quality': searchQuality,
};

/**
 * Runs the named benchmarks, or all, and prints their tables.
 * @returns the exit code: 2 for a name that is not known.
 */
export async function runBenchmarks(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => BENCHMARKS[name] === undefined);
  if (unknown.length > 0) {
    process.stderr.write(
      `There is no benchmark ${unknown.join(', ')}. There is: ${Object.keys(BENCHMARKS).join(', ')}\n`,
    );
    return 2;
  }
  for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    process.stderr.write(`… ${name}\n`);
    for await (const table of await benchmark()) printTable(table);
  }
  return 0;
}
