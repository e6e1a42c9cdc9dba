import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalAnalyzer, createLocalEmbedder } from '@synap/ai';
import { createLogger, readConfiguration, startApplication } from '@synap/server';
import type { BenchTable } from './bench-table.ts';
import { milliseconds, percentile, timeEach } from './percentiles.ts';

const SAMPLES = 60;
const WARM_UP = 5;
const TARGET_MS = 100;

/** How soon a capture is enriched, without any key; the floor is its analysis and embedding alone, in the same run. */
export async function enrichmentTable(): Promise<BenchTable> {
  const directory = await mkdtemp(join(tmpdir(), 'synap-bench-'));
  const embedder = createLocalEmbedder();
  const application = await startApplication(
    readConfiguration({ SYNAP_DATA_DIR: directory }),
    createLogger({ level: 'silent', isTerminal: false }),
  );
  const headers = { authorization: `Bearer ${application.directory.ownerKey}`, 'content-type': 'application/json' };
  const contentOf = (index: number) => `Call the plumber about pipe ${index} tomorrow at 9`;
  const capture = async (index: number): Promise<void> => {
    const body = JSON.stringify({ content: contentOf(index), timezone: 'UTC' });
    const request = new Request('http://synap.bench/api/v1/capture', { method: 'POST', headers, body });
    const response = await application.fetch(request);
    if (response.status !== 201) throw new Error(`A capture was answered with ${response.status}.`);
    await application.idle();
  };
  try {
    const analyzer = createLocalAnalyzer({ embedder });
    const think = async (index: number): Promise<void> => {
      const capture = { content: contentOf(index), now: new Date(), timezone: 'UTC', knownTags: [] };
      const { title } = await analyzer.analyse(capture);
      await embedder.embed([`${title.value}\n${capture.content}`], { priority: 'background' });
    };
    await timeEach(WARM_UP, think);
    await timeEach(WARM_UP, capture);
    const floor = await timeEach(SAMPLES, (index) => think(index));
    const enriched = await timeEach(SAMPLES, (index) => capture(index));
    const ratio = percentile(enriched, 0.5) / percentile(floor, 0.5);
    const isMet = percentile(enriched, 0.5) < TARGET_MS;
    return {
      title: 'From a capture to its enrichment, local (no key)',
      columns: ['what', 'p50', 'p99', 'of the floor'],
      rows: [
        ['analysis and embedding alone', ...figures(floor), '1.0'],
        ['capture, enriched and searchable', ...figures(enriched), ratio.toFixed(1)],
      ],
      notes: [`Target for the p50: ${TARGET_MS} ms; ${isMet ? 'met' : 'missed'}. It holds the request itself, too.`],
    };
  } finally {
    await application.close();
    await embedder.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function figures(samples: readonly number[]): [string, string] {
  return [milliseconds(percentile(samples, 0.5)), milliseconds(percentile(samples, 0.99))];
}
