import { startReceiver } from '@synap/core/webhook-receiver';
import { afterAll, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { randomNumbers } from './testing/random-numbers.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

const ROUNDS = 6;
/** What the webhook is told of. */
const WANTED = ['entity.created', 'ai.enrichment_applied'];
/** Another run is repeated with CRASH_SEED=…. */
const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 100_000);

let server: ServerProcess | undefined;
afterAll(async () => {
  await server?.stop();
});

test(`what was acknowledged before kill -9 is there afterwards, is enriched once, and a webhook is told of it (seed ${SEED})`, {
  timeout: 180_000,
}, async () => {
  const directory = await newDataDirectory();
  const receiver = await startReceiver();
  const settings = { SYNAP_WEBHOOK_PRIVATE_HOSTS: '127.0.0.1' };
  const random = randomNumbers(SEED);
  const acknowledged = new Map<string, string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    server = await startServer(directory, settings);
    const running = server;
    if (round === 0) await running.call('POST', '/api/v1/webhooks', { url: receiver.url, eventTypes: WANTED });
    const writers = Array.from({ length: 4 }, (_, writer) =>
      captureUntilKilled(running, `r${round}w${writer}`, acknowledged),
    );
    await eventually(
      async () => acknowledged.size,
      (size) => size >= (round + 1) * 8,
    );
    // Somewhere between the commit, the hand-over to the engine and any of the steps.
    await new Promise((resolve) => setTimeout(resolve, random() * 400));
    await running.kill();
    await Promise.all(writers);
  }
  server = await startServer(directory, settings);
  const last = server;
  for (const [id, content] of acknowledged) {
    const { items } = (
      await eventually(
        () => last.call('GET', `/api/v1/entities/${id}/history`),
        ({ body }) => body.items?.some(({ type }: { type: string }) => type === 'ai.enrichment_applied'),
        { timeoutMs: 90_000 },
      )
    ).body;
    const types: string[] = items.map(({ type }: { type: string }) => type);
    expect(types.filter((type) => type === 'ai.analysis_completed')).toHaveLength(1);
    expect(types.filter((type) => type === 'ai.enrichment_applied')).toHaveLength(1);
    expect(items.map(({ version }: { version: number }) => version)).toEqual(types.map((_, index) => index + 1));
    expect(await (await last.fetch(`/api/v1/entities/${id}/content`)).text()).toBe(content);
  }
  await eventually(
    async () => {
      const told = new Set(
        [...receiver.taken().values()].map(({ content: { data } }) => `${data.type} ${data.aggregateId}`),
      );
      return [...acknowledged.keys()]
        .flatMap((id) => WANTED.map((type) => `${type} ${id}`))
        .filter((each) => !told.has(each));
    },
    (missing) => missing.length === 0,
    { timeoutMs: 60_000 },
  );
  await receiver.close();
  const [[id, content]] = [...acknowledged] as [[string, string]];
  const found = await last.call('GET', `/api/v1/search?q=${encodeURIComponent(content)}&limit=1`);
  expect(found.body.items[0].entity.id).toBe(id);
});

/** Captures one thought after the other; ends when the server is gone. */
async function captureUntilKilled(
  running: ServerProcess,
  name: string,
  acknowledged: Map<string, string>,
): Promise<void> {
  for (let count = 0; ; count += 1) {
    const content = `Call the plumber about the ${name} pipe number ${count} tomorrow`;
    try {
      const { status, body } = await running.call('POST', '/api/v1/capture', { content });
      if (status === 201) acknowledged.set(body.entity.id, content);
    } catch {
      // Killed in the middle of the request: whether it was written, nobody knows; it was not acknowledged.
      return;
    }
  }
}
