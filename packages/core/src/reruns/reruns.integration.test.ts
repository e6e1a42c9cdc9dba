import type { CaptureAnalysis, CaptureAnalyzer } from '@synap/ai';
import { saveRerunItem } from '@synap/database';
import { CorrelationId, type EntityId, type RerunId, Unavailable, Unprocessable } from '@synap/domain';
import type { WorkflowEvent } from '@synap/workflows';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { captureThought } from '../commands/capture-thought.ts';
import { updateEntity } from '../commands/change-entity.ts';
import { declineSuggestion } from '../commands/decide-suggestion.ts';
import { undo } from '../commands/undo.ts';
import { analyseContent } from '../enrichment/analyse-content.ts';
import { applyEnrichment } from '../enrichment/apply-enrichment.ts';
import type { Parts } from '../parts.ts';
import { getEntity } from '../queries/get-entity.ts';
import { listSuggestions } from '../queries/list-suggestions.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { analyseSome, findThings } from './analyse-again.ts';
import { applySome } from './apply-again.ts';
import { listRerunDifferences } from './rerun-differences.ts';
import { rerunApplicationSchema } from './rerun-events.ts';
import { applyRerun, getRerun, startRerun } from './start-rerun.ts';

/** An analyser that titles by its name, and thinks that all is of one type. */
function titling(model: string, type: CaptureAnalysis['type']): CaptureAnalyzer {
  return {
    model,
    analyse: async ({ content, now }) => {
      if (content.includes('unreachable') && isDown) throw new Unavailable('model', 'It is down.');
      return {
        model,
        type,
        title: { value: `${model}: ${content}`, confidence: 0.9 },
        due: { value: { date: now.toISOString().slice(0, 10), time: null, timezone: 'UTC' }, confidence: 0.9 },
        recurrence: null,
        tags: [],
        people: [],
      };
    },
  };
}

let store: TestStore;
let parts: Parts;
let started: WorkflowEvent[];
let isDown = false;
const first = titling('first', { value: 'note', confidence: 0.9 });
const second = titling('second', { value: 'task', confidence: 0.9 });
const { signal } = new AbortController();

beforeAll(async () => {
  store = await openTestStore();
  parts = {
    ...store.parts,
    analyzer: first,
    chooseAnalyzer: (name) => (name === 'second' ? second : null),
    work: { ...store.parts.work, start: async (event) => void started.push(event) },
  };
});
afterAll(() => store.close());
beforeEach(() => {
  started = [];
  isDown = false;
});

const NOW = new Date('2026-03-01T12:00:00Z');
/** A capture as the first analyser leaves it. */
async function captured(content: string): Promise<EntityId> {
  const {
    entity: { id, checksum },
  } = await captureThought(parts, store.request(), { content, now: NOW, timezone: 'UTC' });
  const input = { userId: store.userId, entityId: id, content, now: NOW, timezone: 'UTC' };
  const analysis = await analyseContent(parts, input, { signal });
  await applyEnrichment(parts, store.request(), { command: 'ai.enrich', id, analysis, checksum: checksum ?? '' });
  return id;
}
const entityOf = async (id: EntityId) => (await getEntity(parts, store.userId, { id })).entity;

async function analysedAgain(since: Date): Promise<RerunId> {
  const { id: rerunId } = await startRerun(parts, store.request(), { model: 'second', since });
  const rerun = { userId: store.userId, rerunId };
  await findThings(parts, rerun);
  while (!(await analyseSome(parts, rerun, { signal })).isLast);
  await parts.database.queries.execute(`update reruns set status = 'ready' where id = '${rerunId}'`);
  return rerunId;
}
const differencesOf = async (id: RerunId) => (await listRerunDifferences(parts, store.userId, { id, limit: 50 })).items;
const apply = async (id: RerunId, entityIds?: EntityId[]) => {
  await applyRerun(parts, store.request(), { id, entityIds });
  const event = started.at(-1);
  if (event === undefined) throw new Error('Nothing was started.');
  await applySome(parts, rerunApplicationSchema.parse(event.data), { signal });
};

test('a rerun shows what another model says, applies it as a whole, and is undone as one', async () => {
  const since = new Date();
  const milk = await captured('Milk');
  const mine = await captured('Bread');
  await updateEntity(parts, store.request(), { id: mine, title: 'My own title' });
  const before = [await entityOf(milk), await entityOf(mine)];
  const rerunId = await analysedAgain(since);
  expect(await getRerun(parts, store.userId, rerunId)).toMatchObject({ totalThings: 2, analysed: 2, failed: 0 });
  expect([await entityOf(milk), await entityOf(mine)]).toEqual(before);
  const differences = new Map((await differencesOf(rerunId)).map((item) => [item.entity.id, item.differences]));
  expect(differences.get(milk)).toMatchObject([
    { field: 'type', present: 'note', proposed: 'task', effect: 'change' },
    { field: 'title', present: 'first: Milk', proposed: 'second: Milk', effect: 'change' },
    // Due by the day on which it was captured.
    { field: 'due', proposed: { date: '2026-03-01' }, effect: 'change' },
  ]);
  expect(differences.get(mine)).toContainEqual(
    expect.objectContaining({ field: 'title', present: 'My own title', effect: 'suggestion' }),
  );
  await apply(rerunId);
  expect(await entityOf(milk)).toMatchObject({ type: 'task', title: 'second: Milk' });
  expect(await entityOf(mine)).toMatchObject({ type: 'task', title: 'My own title' });
  expect(await differencesOf(rerunId)).toEqual([]);
  await undo(parts, store.request(), { correlationId: CorrelationId.parse(rerunId), force: false });
  expect(await entityOf(milk)).toMatchObject({ type: 'note', title: 'first: Milk' });
  expect(await entityOf(mine)).toMatchObject({ type: 'note', title: 'My own title' });
  const open = await listSuggestions(parts, store.userId, { status: 'open', entityId: mine, limit: 10 });
  expect(open.items).toEqual([]);
});

test('a rerun is applied by item, and does not bring back what was undone or declined', async () => {
  const since = new Date();
  const one = await captured('One');
  const other = await captured('Other');
  const rerunId = await analysedAgain(since);
  await apply(rerunId, [one]);
  expect((await entityOf(one)).title).toBe('second: One');
  expect((await entityOf(other)).title).toBe('first: Other');
  await undo(parts, store.request(), { correlationId: CorrelationId.parse(rerunId), force: false });
  await updateEntity(parts, store.request(), { id: other, title: 'My other' });
  await apply(rerunId);
  const { items } = await listSuggestions(parts, store.userId, { status: 'open', entityId: other, limit: 10 });
  for (const { id } of items) await declineSuggestion(parts, store.request(), { id });
  expect(items.map(({ field }) => field)).toEqual(['title']);
  const again = await analysedAgain(since);
  await apply(again);
  expect((await entityOf(one)).title).toBe('first: One');
  expect((await entityOf(other)).title).toBe('My other');
  expect((await listSuggestions(parts, store.userId, { status: 'open', entityId: other, limit: 10 })).items).toEqual(
    [],
  );
});

test('a rerun that is cut off goes on with what is left', async () => {
  const since = new Date();
  await captured('reachable');
  await captured('unreachable');
  isDown = true;
  const { id: rerunId } = await startRerun(parts, store.request(), { model: 'second', since });
  const rerun = { userId: store.userId, rerunId };
  await findThings(parts, rerun);
  await expect(analyseSome(parts, rerun, { signal })).rejects.toThrow(Unavailable);
  expect((await getRerun(parts, store.userId, rerunId)).analysed).toBe(1);
  await expect(applyRerun(parts, store.request(), { id: rerunId })).rejects.toThrow(Unprocessable);
  isDown = false;
  expect(await analyseSome(parts, rerun, { signal })).toEqual({ isLast: true });
  expect((await getRerun(parts, store.userId, rerunId)).analysed).toBe(2);
});

test('what cannot be analysed is left out and counted, and a model that there is not is refused', async () => {
  const since = new Date();
  const id = await captured('Gone');
  const rerunId = await analysedAgain(since);
  await saveRerunItem(parts.database.queries, { userId: store.userId, rerunId }, id, { error: 'Gone.' });
  expect((await getRerun(parts, store.userId, rerunId)).failed).toBe(1);
  await expect(startRerun(parts, store.request(), { model: 'third' })).rejects.toMatchObject({
    code: 'validation_failed',
  });
  expect(started.map(({ name }) => name)).toEqual(['rerun.requested']);
});

test('a rerun is its user’s alone', async () => {
  const rerunId = await analysedAgain(new Date());
  const stranger = await store.addUser();
  await expect(getRerun(parts, stranger, rerunId)).rejects.toMatchObject({ code: 'not_found' });
  await expect(applyRerun(parts, store.request(stranger), { id: rerunId })).rejects.toMatchObject({
    code: 'not_found',
  });
});
