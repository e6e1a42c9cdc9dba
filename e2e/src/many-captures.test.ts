import { setTimeout as delay } from 'node:timers/promises';
import { AN_ANALYSIS, aReply, type ProviderServer, startProviderServer } from '@synap/ai/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { randomNumbers } from './testing/random-numbers.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

const CAPTURES = 40;
/** Runs of one user's enrichment that go on at once. */
const RUNS_PER_USER = 2;

let provider: ProviderServer;
let server: ServerProcess;
beforeAll(async () => {
  provider = await startProviderServer();
  const settings = { OPENAI_BASE_URL: provider.url, OPENAI_MODEL: 'a-model', LOG_LEVEL: 'error' };
  server = await startServer(await newDataDirectory(), settings);
});
afterAll(async () => {
  await server?.stop();
  await provider?.close();
});

interface Completed {
  readonly aggregateId: string;
  readonly data: { readonly analysis: { readonly model: string } };
}

test('of many captures at once every one is enriched, though the provider fails three calls of ten', {
  timeout: 120_000,
}, async () => {
  const random = randomNumbers(1);
  let present = 0;
  let most = 0;
  provider.answerWith(async () => {
    present += 1;
    most = Math.max(most, present);
    await delay(5);
    present -= 1;
    if (random() < 0.3) return { status: 500, headers: { 'retry-after-ms': '1' }, body: '{}' };
    return aReply('openai-compatible', JSON.stringify(AN_ANALYSIS));
  });
  const answers = await Promise.all(
    Array.from({ length: CAPTURES }, (_, index) =>
      server.call('POST', '/api/v1/capture', { content: `What if shelf ${index} were a ladder?` }),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  const completed: Completed[] = await eventually(
    async () => (await server.call('GET', '/api/v1/events?type=ai.analysis_completed&limit=200')).body.items,
    (items: Completed[]) => items.length === CAPTURES,
    { timeoutMs: 100_000 },
  );
  const ids = answers.map(({ body }) => body.entity.id);
  expect(new Set(completed.map(({ aggregateId }) => aggregateId))).toEqual(new Set(ids));
  // What failed three times in a row was analysed here instead, and says so.
  const standIns = completed.filter(({ data }) => data.analysis.model.includes('instead of'));
  expect(standIns.length).toBeLessThan(CAPTURES / 4);
  expect(most).toBeLessThanOrEqual(RUNS_PER_USER);
  expect((await server.call('GET', '/api/v1/workflows/runs?status=failed')).body.items).toEqual([]);
});
