import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalAnalyzer, createLocalEmbedder } from '@synap/ai';
import { createLogger, readConfiguration, startApplication } from '@synap/server';
import * as z from 'zod';
import type { BenchTable } from './bench-table.ts';
import { milliseconds, percentile, timeEach } from './percentiles.ts';

const captureSchema = z.object({ entity: z.object({ id: z.string() }) });
const historySchema = z.object({ items: z.array(z.object({ type: z.string(), timestamp: z.coerce.date() })) });

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
  const ask = async (method: string, path: string, body?: object) => {
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await application.fetch(new Request(`http://synap.bench${path}`, init));
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}.`);
    return response.json();
  };
  /** Between the first and the last event of a capture's life, by the log itself: nobody disturbs it by looking. */
  const capture = async (index: number): Promise<number> => {
    const created = captureSchema.parse(
      await ask('POST', '/api/v1/capture', { content: contentOf(index), timezone: 'UTC' }),
    );
    await application.idle();
    const { items } = historySchema.parse(await ask('GET', `/api/v1/entities/${created.entity.id}/history`));
    const [first, last] = [items.at(0), items.findLast(({ type }) => type === 'ai.enrichment_applied')];
    if (first === undefined || last === undefined) throw new Error('A capture was not enriched.');
    return last.timestamp.getTime() - first.timestamp.getTime();
  };
  try {
    const analyzer = createLocalAnalyzer({ embedder });
    const think = async (index: number): Promise<void> => {
      const capture = { content: contentOf(index), now: new Date(), timezone: 'UTC', knownTags: [] };
      const { title } = await analyzer.analyse(capture);
      await embedder.embed([`${title.value}\n${capture.content}`], { priority: 'background' });
    };
    await timeEach(WARM_UP, think);
    for (let index = 0; index < WARM_UP; index += 1) await capture(index);
    const floor = await timeEach(SAMPLES, think);
    const enriched: number[] = [];
    for (let index = 0; index < SAMPLES; index += 1) enriched.push(await capture(index));
    const ratio = percentile(enriched, 0.5) / percentile(floor, 0.5);
    const isMet = percentile(enriched, 0.5) < TARGET_MS;
    return {
      title: 'From a capture to its enrichment, local (no key)',
      columns: ['what', 'p50', 'p99', 'of the floor'],
      rows: [
        ['analysis and embedding alone', ...figures(floor), '1.0'],
        ['captured → enriched and searchable', ...figures(enriched), ratio.toFixed(1)],
      ],
      notes: [`Target for the p50: ${TARGET_MS} ms; ${isMet ? 'met' : 'missed'}. One capture at a time.`],
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
