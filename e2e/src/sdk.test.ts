import {
  ai,
  apiKeys,
  createSynap,
  entities,
  events,
  everyItem,
  files,
  history,
  NoAnswerError,
  notes,
  ProblemError,
  type Schemas,
  tasks,
} from '@synap/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BreakingLine, openBreakingLine } from './testing/breaking-line.ts';
import { type ServerProcess, startServer } from './testing/server-process.ts';
import { newDataDirectory } from './testing/temporary-directory.ts';

/*
 * The SDK against a real server, over a line that breaks.
 */

let server: ServerProcess;
let line: BreakingLine;
beforeAll(async () => {
  server = await startServer(await newDataDirectory());
  line = await openBreakingLine(server.url);
});
afterAll(async () => {
  await line.close();
  await server.stop();
});

const synapOf = (apiKey = server.ownerKey) =>
  createSynap({ url: line.url, apiKey, retries: { attempts: 4, firstDelayMs: 10 } });

const titled = async (title: string): Promise<Schemas['Entity'][]> => {
  const found: Schemas['Entity'][] = [];
  for await (const entity of everyItem(entities.list, synapOf(), { q: title, limit: 2 })) found.push(entity);
  return found;
};

test('a thing is made, read, changed, found and removed', async () => {
  const synap = synapOf();
  const { entity } = await tasks.create(synap, {
    content: 'Feed the starter',
    title: 'Feeding',
    dueDate: '2026-12-01',
  });
  const { entity: changed } = await tasks.update(synap, {
    id: entity.id,
    priority: 3,
    expectedVersion: entity.version,
  });
  expect(changed.task).toMatchObject({ priority: 3, dueDate: '2026-12-01' });
  await entities.updateContent(synap, { id: entity.id, content: 'Feed the starter twice' });
  expect(await (await entities.content(synap, { id: entity.id })).text()).toBe('Feed the starter twice');
  expect(await (await entities.content(synap, { id: entity.id, version: entity.version })).text()).toBe(
    'Feed the starter',
  );
  const { items } = await entities.history(synap, { id: entity.id });
  const uploaded = items.filter((event) => event.type === 'entity.file_uploaded');
  expect(uploaded.map(({ data }) => data.fileSize)).toEqual([16, 22]);
  await entities.delete(synap, { id: entity.id });
  expect(await titled('Feeding')).toEqual([]);
});

test('what the line loses is done once, however often it is sent', async () => {
  line.loseAnswers(2);
  const { entity } = await notes.create(synapOf(), { content: 'Lost twice', title: 'Once only' });
  expect(line.toLose).toBe(0);
  expect((await titled('Once only')).map(({ id }) => id)).toEqual([entity.id]);
  line.loseAnswers(2);
  const file = new File(['A file that is lost twice'], 'lost.txt', { type: 'text/plain' });
  const kept = await files.upload(synapOf(), { file, title: 'Kept once', tags: ['one', 'two'] });
  expect(kept.entity).toMatchObject({ fileType: 'text', tags: ['one', 'two'] });
  expect((await titled('Kept once')).map(({ id }) => id)).toEqual([kept.entity.id]);
});

test('where nobody answers, it says so; and whoever does not want to wait need not', async () => {
  line.cut();
  const failed = await notes.create(synapOf(), { content: 'To nobody' }).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(NoAnswerError);
  expect(failed).toMatchObject({ attempts: 4 });
  const patient = createSynap({ url: line.url, apiKey: server.ownerKey, retries: { firstDelayMs: 60_000 } });
  const controller = new AbortController();
  const waiting = entities.list(patient, {}, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  line.mend();
});

test('what the server refuses is told as it is', async () => {
  const synap = synapOf();
  const { entity } = await notes.create(synap, { content: 'Of some version' });
  const refused = await entities
    .update(synap, { id: entity.id, title: 'Late', expectedVersion: 99 })
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ProblemError);
  expect(refused).toMatchObject({ code: 'version_conflict', status: 409, currentVersion: entity.version });
  await expect(entities.list(synap, { limit: 1000 })).rejects.toMatchObject({
    code: 'validation_failed',
    fields: [{ field: 'limit' }],
  });
  await expect(entities.list(synapOf('synap_none'))).rejects.toMatchObject({ code: 'unauthenticated' });
  await expect(entities.content(synap, { id: crypto.randomUUID() })).rejects.toBeInstanceOf(ProblemError);
});

test('calls with one correlation id are undone as one', async () => {
  const synap = synapOf();
  const { entity } = await notes.create(synap, { content: 'The first of them', title: 'Undo me' });
  const created = (await entities.history(synap, { id: entity.id })).items[0]?.correlationId ?? '';
  await notes.create(synap, { content: 'The second of them', title: 'Undo me' }, { correlationId: created });
  const { entities: undone } = await history.undo(synap, { correlationId: created });
  expect(undone).toHaveLength(2);
  expect(await titled('Undo me')).toEqual([]);
});

test('an answer comes message by message', async () => {
  const synap = synapOf();
  await notes.create(synap, { content: '# Starter\n\nThe starter lives in the blue jar in the pantry.' });
  const types = new Set<string>();
  const ask = async () => {
    for await (const message of ai.ask(synap, { question: 'Where does the starter live?' })) types.add(message.type);
  };
  await expect.poll(() => ask().then(() => [...types]), { timeout: 30_000 }).toContain('citation');
  expect(types).toContain('searching');
});

test('the live feed goes on where it was, over lines that break, each event once and in order', async () => {
  const synap = synapOf();
  const controller = new AbortController();
  const heard: string[] = [];
  const listening = (async () => {
    const feed = events.subscribe(synap, { type: 'entity.created' }, { signal: controller.signal });
    for await (const event of feed) if (event.type === 'entity.created') heard.push(event.data.title);
  })();
  const add = (title: string) =>
    notes.create(createSynap({ url: server.url, apiKey: server.ownerKey }), { content: title, title });
  const expected: string[] = [];
  const addAndWait = async (title: string): Promise<void> => {
    await add(title);
    expected.push(title);
    await expect.poll(() => heard, { timeout: 20_000 }).toEqual(expected);
  };
  // It begins when it listens, so the first is repeated until one is heard.
  await expect.poll(() => add('begin').then(() => heard.length), { timeout: 20_000 }).toBeGreaterThan(0);
  await add('begun');
  await expect.poll(() => heard.at(-1), { timeout: 20_000 }).toBe('begun');
  expected.push(...heard);
  await addAndWait('one');
  line.breakNow();
  await addAndWait('two');
  line.cut();
  await add('missed');
  expected.push('missed');
  line.mend();
  await addAndWait('three');
  controller.abort();
  await listening;
});

test('the feed ends where the key does', async () => {
  const owner = synapOf();
  const { apiKey, key } = await apiKeys.create(owner, { name: 'short-lived', scopes: ['read'] });
  await apiKeys.revoke(owner, { id: apiKey.id });
  const next = events.subscribe(synapOf(key)).next();
  await expect(next).rejects.toMatchObject({ code: 'unauthenticated' });
});
