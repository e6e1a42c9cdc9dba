import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { openAiModel } from './language-models.ts';
import { createProviderEmbedder } from './provider-embedder.ts';
import { createProviderThrottle } from './provider-throttle.ts';
import { aReply, type ProviderServer, startProviderServer, vectorsReply } from './testing/provider-server.ts';

let server: ProviderServer;
beforeAll(async () => {
  server = await startProviderServer();
});
afterAll(() => server.close());

const PROMPT = { system: 'Be brief.', user: 'How are you?' };
const SCHEMA = z.object({ mood: z.string() });
const GOOD = '{"mood":"good"}';
const openModel = (options: Parameters<typeof createProviderThrottle>[0]) => {
  const throttle = createProviderThrottle(options);
  return { throttle, model: openAiModel({ model: 'a-model', baseUrl: server.url, throttle }) };
};
const many = <Result>(count: number, work: () => Promise<Result>) => Promise.all(Array.from({ length: count }, work));

test('no more calls than it bears are under way at a provider, whole and as they are written, of all its models', async () => {
  let present = 0;
  let most = 0;
  server.answerWith(async ({ body }) => {
    present += 1;
    most = Math.max(most, present);
    await delay(5);
    present -= 1;
    if (body.input !== undefined) return vectorsReply(body.input.map(() => [1, 0]));
    return aReply('openai-compatible', GOOD, { isStream: body.stream === true });
  });
  const { throttle, model } = openModel({ concurrency: 3 });
  const embedder = createProviderEmbedder({ model: 'an-embedder', baseUrl: server.url, dimensions: 2, throttle });
  await Promise.all([
    many(20, () => model.generate(SCHEMA, PROMPT)),
    many(20, () => embedder.embed(['text'])),
    many(5, async () => {
      for await (const _ of model.complete(PROMPT, {}));
    }),
  ]);
  expect(server.requests).toHaveLength(45);
  expect(most).toBe(3);
});

test('a provider that has had enough is left alone by everybody until the time that it named', async () => {
  const times: number[] = [];
  server.answerWith((_, index) => {
    times.push(performance.now());
    return index === 0
      ? { status: 429, headers: { 'retry-after': '1' }, body: '{}' }
      : aReply('openai-compatible', GOOD);
  });
  const { model } = openModel({ concurrency: 1 });
  await many(4, () => model.generate(SCHEMA, PROMPT));
  const [first = 0, ...others] = times;
  expect(others).toHaveLength(4);
  for (const time of others) expect(time - first).toBeGreaterThanOrEqual(990);
});

test('requests come evenly, and who waits for an answer comes first', async () => {
  const seen: { at: number; model: string }[] = [];
  server.answerWith(({ body }) => {
    seen.push({ at: performance.now(), model: body.model });
    return body.input === undefined ? aReply('openai-compatible', GOOD) : vectorsReply([[1, 0]]);
  });
  const { throttle, model } = openModel({ concurrency: 1, requestsPerMinute: 1200 });
  const embedder = createProviderEmbedder({ model: 'an-embedder', baseUrl: server.url, dimensions: 2, throttle });
  const background = many(5, () => model.generate(SCHEMA, PROMPT));
  await embedder.embed(['a search'], { priority: 'interactive' });
  await background;
  expect(seen.map(({ model: asked }) => asked).indexOf('an-embedder')).toBeLessThanOrEqual(1);
  const duration = (seen.at(-1)?.at ?? 0) - (seen[0]?.at ?? 0);
  expect(duration).toBeGreaterThanOrEqual(5 * 50 - 60);
});

test('who no longer wants to know leaves the queue, and its place at the provider', async () => {
  server.answerWith(() => ({ body: '', fault: 'hangs' }));
  const { model } = openModel({ concurrency: 1 });
  const stop = new AbortController();
  const calls = many(3, () => model.generate(SCHEMA, PROMPT, { signal: stop.signal }));
  const reason = new Error('went away');
  setImmediate(() => stop.abort(reason));
  await expect(calls).rejects.toBe(reason);
  server.answerWith(() => aReply('openai-compatible', GOOD, { isStream: true }));
  for await (const _ of model.complete(PROMPT, {})) break;
  server.answerWith(() => aReply('openai-compatible', GOOD));
  expect(await model.generate(SCHEMA, PROMPT)).toEqual({ mood: 'good' });
});
