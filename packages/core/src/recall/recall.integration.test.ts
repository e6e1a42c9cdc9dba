import { type Answerer, AnswerKind } from '@synap/ai';
import { Unavailable } from '@synap/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CommandContext } from '../command-context.ts';
import { captureThought } from '../commands/capture-thought.ts';
import { indexContent } from '../enrichment/index-content.ts';
import { type AskMessage, ask } from '../queries/ask.ts';
import { listEntities } from '../queries/list-entities.ts';
import { SearchMode, search } from '../queries/search.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  await store.note('# Boiler\n\nPavel came for the **service**. Water pressure must stay between 1.2 and 1.8 bar.', {
    title: 'Boiler service',
  });
  await store.note('500 g flour, 350 g water, 10 g salt. Bake at 245 degrees for 25 minutes.', { title: 'Bread' });
});
afterAll(() => store.close());

const { signal } = new AbortController();
const agent = (): CommandContext => ({ ...store.request(), actor: { kind: 'agent', id: 'an-agent' } });

/** A capture that would be found by the next question. */
async function capture(content: string, context: CommandContext) {
  const captured = await captureThought(store.parts, context, { content, timezone: 'UTC' });
  await indexContent(store.parts, { userId: store.userId, entityId: captured.entity.id }, { signal });
  return captured;
}

async function answerTo(question: string, answerers = store.parts.answerers): Promise<AskMessage[]> {
  const messages: AskMessage[] = [];
  for await (const message of ask(store.parts, store.userId, { question }, { answerers })) messages.push(message);
  return messages;
}
const textOf = (messages: readonly AskMessage[]) =>
  messages.flatMap((message) => (message.type === 'text' ? [`${message.text} [${message.citations.join()}]`] : []));
const countNotes = async () =>
  (
    await listEntities(store.parts, store.userId, {
      filter: {},
      order: 'updated',
      limit: 200,
      cursor: undefined,
      asOf: undefined,
    })
  ).items.length;

test('what was answered, captured by an agent and asked for again, is what it was', async () => {
  const question = 'What must the water pressure of the boiler be?';
  const before = await answerTo(question);
  const count = await countNotes();
  const { entity, recalled } = await capture(textOf(before).join('\n'), agent());
  expect(entity.title).toBe('Boiler service');
  expect(recalled).toEqual({ entityIds: [entity.id] });
  expect(await countNotes()).toBe(count);
  expect(await answerTo(question)).toEqual(before);
});

test('so are the snippets of a search, together and by way of an automation', async () => {
  const count = await countNotes();
  const snippets = [];
  for (const text of ['boiler', 'bread']) {
    const query = { text, mode: SearchMode.hybrid, filter: {}, limit: 1 };
    snippets.push(...(await search(store.parts, store.userId, query)).items.map(({ snippet }) => snippet));
  }
  expect(snippets).toHaveLength(2);
  const { recalled } = await capture(snippets.join('\n\n'), { ...store.request(), source: 'automation' });
  expect(recalled?.entityIds).toHaveLength(2);
  const titled = await capture(`- Bread: ${snippets[1]}`, agent());
  expect(titled.recalled?.entityIds).toEqual([titled.entity.id]);
  expect(await countNotes()).toBe(count);
});

test('and an answer in other words than the notes have', async () => {
  const quote = 'Bake at 245 degrees for 25 minutes.';
  const written: Answerer = {
    kind: AnswerKind.written,
    model: 'a-model',
    answer: async function* () {
      yield { text: 'The loaf needs 25 minutes at 245 °C.', quotes: [{ passage: 0, text: quote }] };
    },
  };
  const said = textOf(await answerTo('At how many degrees do I bake the bread?', [written]));
  expect(said).toHaveLength(1);
  const count = await countNotes();
  const { entity, recalled } = await capture(said.join(' '), agent());
  expect(recalled).toEqual({ entityIds: [entity.id] });
  expect(entity.title).toBe('Bread');
  expect(await countNotes()).toBe(count);
});

test('a word more is new, and is taken in with all around it', async () => {
  const count = await countNotes();
  for (const content of [
    'Water pressure must stay between 1.2 and 1.9 bar.',
    'Water pressure must stay between 1.2 and 1.8 bar.\nPavel is on holiday.',
  ]) {
    expect((await captureThought(store.parts, agent(), { content, timezone: 'UTC' })).recalled).toBeUndefined();
  }
  expect(await countNotes()).toBe(count + 2);
});

test('what a person captures is always taken in, and nobody hears of another’s notes', async () => {
  const content = 'Bake at 245 degrees for 25 minutes.';
  expect((await captureThought(store.parts, store.request(), { content, timezone: 'UTC' })).recalled).toBeUndefined();
  const stranger: CommandContext = { ...store.request(await store.addUser()), actor: { kind: 'agent', id: 'another' } };
  expect((await captureThought(store.parts, stranger, { content, timezone: 'UTC' })).recalled).toBeUndefined();
});

test('a repeat with the same key is answered as the first time', async () => {
  const context = { ...agent(), idempotencyKey: 'once' };
  const input = { content: 'The new plumber is called Vera.', timezone: 'UTC' };
  const first = await captureThought(store.parts, context, input);
  await indexContent(store.parts, { userId: store.userId, entityId: first.entity.id }, { signal });
  expect(await captureThought(store.parts, context, input)).toEqual(first);
  expect((await captureThought(store.parts, agent(), input)).recalled).toEqual({ entityIds: [first.entity.id] });
});

test('while nothing can be compared, all is taken in', async () => {
  const { embedder } = store.parts;
  const embed = async () => Promise.reject(new Unavailable('embedding', 'It is down.'));
  const parts = { ...store.parts, embedder: { ...embedder, embed } };
  const input = { content: 'Bake at 245 degrees for 25 minutes.', timezone: 'UTC' };
  expect((await captureThought(parts, agent(), input)).recalled).toBeUndefined();
});
