import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AN_ANALYSIS, aReply, startProviderServer } from '@synap/ai/testing';
import { type ServerProcess, startServer } from '@synap/e2e/server-process';
import pLimit from 'p-limit';
import type { BenchTable } from './bench-table.ts';
import { milliseconds, percentile, timeEach } from './percentiles.ts';

/*
 * A thousand captures at once, analysed by a provider that fails three calls of ten: what becomes of them, and what the
 * API is like meanwhile. The provider is a stand-in in this process, on the same two cores.
 */

const AT_ONCE = 50;
const SAMPLES = 200;
const FAILS_OF_TEN = 3;

export async function failingProviderTable({ captures: count = 1000 } = {}): Promise<BenchTable> {
  const directory = await mkdtemp(join(tmpdir(), 'synap-bench-'));
  const provider = await startProviderServer();
  let present = 0;
  let most = 0;
  provider.answerWith(async (_, index) => {
    present += 1;
    most = Math.max(most, present);
    await delay(20);
    present -= 1;
    if ((index * 7) % 10 < FAILS_OF_TEN) return { status: 500, headers: { 'retry-after-ms': '50' }, body: '{}' };
    return aReply('openai-compatible', JSON.stringify(AN_ANALYSIS));
  });
  const server = await startServer(
    directory,
    {
      OPENAI_BASE_URL: provider.url,
      OPENAI_MODEL: 'a-model',
      LOG_LEVEL: 'error',
    },
    { isMeasured: true },
  );
  try {
    const { body } = await server.call('POST', '/api/v1/notes', { content: 'The note that is read meanwhile' });
    const read = () => server.call('GET', `/api/v1/entities/${body.entity.id}`);
    await timeEach(SAMPLES, read);
    const idle = await timeEach(SAMPLES, read, { pauseMs: 20 });
    const startedAt = performance.now();
    const limit = pLimit(AT_ONCE);
    const captures = Array.from({ length: count }, (_, index) =>
      limit(() => server.call('POST', '/api/v1/capture', { content: `What if shelf ${index} were a ladder?` })),
    );
    const accepted = (await Promise.all(captures)).filter(({ status }) => status === 201).length;
    const acceptedMs = performance.now() - startedAt;
    const busy = await timeEach(SAMPLES, read, { pauseMs: 20 });
    const counts = await untilEnriched(server, count);
    const enrichedMs = performance.now() - startedAt;
    const ratio = percentile(busy, 0.99) / percentile(idle, 0.99);
    return {
      title: `${count} captures at once, with a provider that fails ${FAILS_OF_TEN} calls of 10`,
      columns: ['what', 'figure'],
      rows: [
        ['accepted', `${accepted} in ${(acceptedMs / 1000).toFixed(1)} s`],
        ['enriched', `${counts.enriched} in ${(enrichedMs / 1000).toFixed(1)} s`],
        ['of them by the local analysis instead', counts.byStandIn],
        ['calls of the provider at once, at the most', most],
        ['reading one thing, idle', `p99 ${milliseconds(percentile(idle, 0.99))}`],
        ['reading one thing, meanwhile', `p99 ${milliseconds(percentile(busy, 0.99))}, ${ratio.toFixed(1)} × idle`],
      ],
      notes: [`Target: the p99 meanwhile is at most twice that of an idle server; ${ratio <= 2 ? 'met' : 'missed'}.`],
    };
  } finally {
    await server.stop();
    await provider.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Reads the log until every capture is enriched, or nothing comes for a minute. */
async function untilEnriched(server: ServerProcess, count: number): Promise<{ enriched: number; byStandIn: number }> {
  let [enriched, byStandIn, after] = [0, 0, '0'];
  for (let lastSeen = performance.now(); enriched < count && performance.now() - lastSeen < 60_000; ) {
    const { body } = await server.call('GET', `/api/v1/events?type=ai.analysis_completed&limit=200&after=${after}`);
    for (const { data } of body.items) {
      enriched += 1;
      lastSeen = performance.now();
      if (data.analysis.model.includes('instead of')) byStandIn += 1;
    }
    after = body.nextCursor ?? after;
    if (body.items.length === 0) await delay(500);
  }
  return { enriched, byStandIn };
}
