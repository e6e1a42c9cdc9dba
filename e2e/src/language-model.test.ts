import { AN_ANALYSIS, aReply, type ProviderServer, startProviderServer, vectorsReply } from '@synap/ai/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { runSynap, type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

/*
 * A server with a language model of an OpenAI-compatible server. The model's server is a stand-in that speaks the
 * published format; what a real model would say it does not prove.
 */

/** Each call takes 17 tokens of a thousandth of a dollar: the budget is reached by the twelfth. */
const BUDGET = 0.2;
const DOLLARS_A_CALL = 0.017;

let provider: ProviderServer;
let server: ServerProcess;
let directory: string;
beforeAll(async () => {
  provider = await startProviderServer();
  directory = await newDataDirectory();
  server = await startServer(directory, {
    OPENAI_BASE_URL: provider.url,
    OPENAI_MODEL: 'a-model',
    SYNAP_MODEL_PRICES: 'a-model=1000/1000',
    SYNAP_DAILY_BUDGET: String(BUDGET),
    LOG_LEVEL: 'error',
  });
});
afterAll(async () => {
  await server?.stop();
  await provider?.close();
});

const QUOTE = 'The spare key hangs behind the boiler.';
const isDown = () => ({ status: 500, headers: { 'retry-after-ms': '1' }, body: '{}' });

beforeEach(() =>
  provider.answerWith(({ body }) => {
    if (body.stream !== true) return aReply('openai-compatible', JSON.stringify(AN_ANALYSIS));
    const statement = { text: 'Behind the boiler.', quotes: [{ passage: 0, text: QUOTE }] };
    return aReply('openai-compatible', JSON.stringify(statement), { isStream: true });
  }),
);

const call = async (method: string, path: string, body?: object) =>
  (await server.call(method, `/api/v1${path}`, body)).body;

interface HistoryEvent {
  readonly type: string;
  readonly data: { readonly analysis?: { readonly model: string } };
}

/** The history of a capture once it is enriched. */
const captured = async (content: string) => {
  const { body } = await server.call('POST', '/api/v1/capture', { content });
  return eventually(
    async () => (await server.call('GET', `/api/v1/entities/${body.entity.id}/history`)).body.items,
    (events: HistoryEvent[]) => events.some(({ type }) => type === 'ai.enrichment_applied'),
  );
};
const modelsOf = (events: HistoryEvent[]) =>
  events.flatMap(({ data }) => (data.analysis === undefined ? [] : [data.analysis.model]));
const ask = async () =>
  (
    await server.call(
      'POST',
      '/api/v1/ask',
      { question: 'Where does the spare key hang?' },
      { accept: 'application/json' },
    )
  ).body;

test('captures are analysed by the model, and by the local analysis while it is down', async () => {
  const host = new URL(provider.url).host;
  expect(modelsOf(await captured('What if the shelf were a ladder?'))).toEqual([`${host}/a-model+capture-prompt-2`]);
  provider.answerWith(isDown);
  const [model] = modelsOf(await captured('What if the ladder were a shelf?'));
  expect(model).toMatch(/^synap-capture-1.* instead of .*a-model/);
});

test('what another model makes of the captures is shown, applied under one id, and undone by it', async () => {
  const reply = (title: string) => () => aReply('openai-compatible', JSON.stringify({ ...AN_ANALYSIS, title }));
  provider.answerWith(reply('What the first model says'));
  const { entity } = await call('POST', '/capture', { content: 'What if the wall were a window?' });
  const titleOf = async () => (await call('GET', `/entities/${entity.id}`)).entity.title;
  await eventually(titleOf, (title: string) => title === 'What the first model says');
  const models: string[] = [];
  provider.answerWith(({ body }) => {
    models.push(body.model);
    return reply('What the second model says')();
  });
  const { rerun } = await call('POST', '/reruns', { model: 'another-model', since: entity.createdAt });
  const isDone = ({ rerun: { status } }: { rerun: { status: string } }) => status === 'ready' || status === 'applied';
  const state = () => call('GET', `/reruns/${rerun.id}`);
  expect(await eventually(state, isDone)).toMatchObject({ rerun: { totalThings: 1, analysed: 1, failed: 0 } });
  expect(models).toEqual(['another-model']);
  expect(await titleOf()).toBe('What the first model says');
  const { items } = await call('GET', `/reruns/${rerun.id}/differences`);
  expect(items).toMatchObject([
    { entity: { id: entity.id }, differences: [{ field: 'title', proposed: 'What the second model says' }] },
  ]);
  await call('POST', `/reruns/${rerun.id}/apply`, { entityIds: [entity.id] });
  expect(await eventually(state, isDone)).toMatchObject({ rerun: { status: 'applied', applied: 1 } });
  expect(await titleOf()).toBe('What the second model says');
  await call('POST', '/undo', { correlationId: rerun.id });
  expect(await titleOf()).toBe('What the first model says');
});

test('questions are answered by the model, and with sentences of the notes while it is down', async () => {
  const { status } = await server.call('POST', '/api/v1/notes', { title: 'Spare key', content: QUOTE });
  expect(status).toBe(201);
  const written = await eventually(ask, ({ answer }) => answer !== null);
  expect(written).toMatchObject({ kind: 'written', answer: 'Behind the boiler.', citations: [{ quote: QUOTE }] });
  provider.answerWith(isDown);
  expect(await ask()).toMatchObject({ kind: 'extractive', answer: QUOTE });
});

test('once the budget of the day is spent, no model is asked, the local analysis stands in, and the cost is listed', async () => {
  const standIn = /^synap-capture-1.* instead of .*a-model/;
  let models: string[] = [];
  for (let capture = 0; capture < 15 && !standIn.test(models[0] ?? ''); capture += 1) {
    models = modelsOf(await captured(`What if there were ${capture} ladders?`));
  }
  expect(models[0]).toMatch(standIn);
  const asked = provider.requests.length;
  expect(modelsOf(await captured('What if there were none?'))[0]).toMatch(standIn);
  expect(provider.requests).toHaveLength(asked);
  const { body } = await server.call('GET', '/api/v1/usage?days=2');
  expect(body.today).toBeGreaterThanOrEqual(BUDGET);
  expect(body.today).toBeLessThan(BUDGET + 2 * DOLLARS_A_CALL);
  expect(body).toMatchObject({ dailyBudget: BUDGET, total: body.today });
  expect(body.items[0]).toMatchObject({ model: expect.stringContaining('/a-model'), cost: body.today });
  const { stdout, exitCode } = await runSynap(directory, ['cost', '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual((await server.call('GET', '/api/v1/usage')).body);
});

describe('a model that embeds', () => {
  const WORDS = ['ladder', 'boiler', 'bread'];
  /** What a text is about, of three things. */
  const embed = (text: string) => WORDS.map((word) => (text.includes(word) ? 1 : 0.01));

  test('takes over from the local one while that one answers, and back', { timeout: 120_000 }, async () => {
    provider.answerWith(({ body }) => vectorsReply(body.input.map(embed)));
    const directory = await newDataDirectory();
    const environment = { OPENAI_BASE_URL: provider.url, EMBEDDING_MODEL: 'a-model', EMBEDDING_DIMENSIONS: '3' };
    for (const [settings, model] of [
      [{}, 'minilm'],
      [environment, 'a-model'],
      [{}, 'minilm'],
    ] as const) {
      const running = await startServer(directory, { LOG_LEVEL: 'error', ...settings });
      try {
        const note = { title: model, content: `The bread of ${model}` };
        expect(await running.call('POST', '/api/v1/notes', note)).toMatchObject({ status: 201 });
        const isTakenOver = ({ items: [item, other] }: { items: { model: string; pending: number }[] }) =>
          item?.model.includes(model) === true && item.pending === 0 && other === undefined;
        const status = await eventually(
          async () => (await running.call('GET', '/api/v1/search/status')).body,
          isTakenOver,
          { timeoutMs: 20_000 },
        );
        expect(status.items[0]).toMatchObject({ failed: 0 });
        const found = await running.call('GET', '/api/v1/search?q=bread');
        expect(found.body.items.length).toBeGreaterThan(0);
      } finally {
        await running.stop();
      }
    }
  });
});
