import type { Analysis } from '@synap/domain';
import { type EntityId, NotFound, SuggestionStatus, Unprocessable } from '@synap/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { captureThought } from '../commands/capture-thought.ts';
import { updateEntity } from '../commands/change-entity.ts';
import { acceptSuggestion, declineSuggestion } from '../commands/decide-suggestion.ts';
import { undo } from '../commands/undo.ts';
import { updateContent } from '../commands/update-content.ts';
import { getEntity } from '../queries/get-entity.ts';
import { listSuggestions } from '../queries/list-suggestions.ts';
import { readHistory } from '../queries/read-history.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { rebuildStore } from '../upkeep/rebuild-store.ts';
import { verifyStore } from '../upkeep/verify-store.ts';
import { analyseContent } from './analyse-content.ts';
import { applyEnrichment, titleAfterEnrichment } from './apply-enrichment.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

const { signal } = new AbortController();
const UNSURE: Omit<Analysis, 'title'> = {
  model: 'a-model',
  type: { value: 'task', confidence: 0.4 },
  due: { value: { date: '2026-11-27', time: null, timezone: 'UTC' }, confidence: 0.9 },
  recurrence: null,
  tags: [],
  people: [],
  links: [],
};

async function capture(content: string): Promise<{ id: EntityId; checksum: string }> {
  const {
    entity: { id, checksum },
  } = await captureThought(store.parts, store.request(), { content, timezone: 'UTC' });
  return { id, checksum: checksum ?? '' };
}

/** A capture and what an analysis makes of it. */
async function enriched(content: string, analysis: Partial<Analysis> = {}): Promise<EntityId> {
  const { id, checksum } = await capture(content);
  const title = { value: content, confidence: 0.9 };
  await enrich(id, { ...UNSURE, title, ...analysis }, checksum);
  return id;
}

const enrich = (id: EntityId, analysis: Analysis, checksum: string) =>
  applyEnrichment(store.parts, workflow(), { command: 'ai.enrich', id, analysis, checksum });
const workflow = () => ({ ...store.request(), actor: { kind: 'workflow', id: 'enrich-capture' } as const });
const suggestionsOf = async (entityId: EntityId, status: SuggestionStatus = SuggestionStatus.open) =>
  (await listSuggestions(store.parts, store.userId, { status, entityId, limit: 50 })).items;
const entityOf = (id: EntityId) => getEntity(store.parts, store.userId, { id });

async function suggestionOf(entityId: EntityId, field: string) {
  const suggestion = (await suggestionsOf(entityId)).find((each) => each.field === field);
  if (suggestion === undefined) throw new Error(`Nothing is suggested for its ${field}.`);
  return suggestion;
}

test('what is not sure waits; accepted, it is the person’s, with the model that suggested it', async () => {
  const id = await enriched('Pay the rent');
  expect((await entityOf(id)).entity.type).toBe('note');
  const type = await suggestionOf(id, 'type');
  expect(type).toMatchObject({ title: 'Pay the rent', value: 'task', present: 'note', because: 'low_confidence' });
  const due = await suggestionOf(id, 'due');
  await expect(acceptSuggestion(store.parts, store.request(), { id: due.id })).rejects.toThrow(/not a task/);
  const { entity } = await acceptSuggestion(store.parts, store.request(), {
    id: type.id,
    expectedVersion: type.version,
  });
  expect(entity.type).toBe('task');
  expect((await acceptSuggestion(store.parts, store.request(), { id: due.id })).entity.task?.dueDate).toBe(
    '2026-11-27',
  );
  expect((await entityOf(id)).provenance).toMatchObject({
    type: { by: 'person', model: 'a-model', confidence: 0.4 },
    due: { by: 'person', model: 'a-model' },
  });
  expect((await readHistory(store.parts, store.userId, id)).map(({ description }) => description)).toContain(
    'suggestion accepted: type task',
  );
});

test('a suggestion of an older version of the thing is not accepted, nor one of another user', async () => {
  const id = await enriched('Paint the fence');
  const { id: suggestionId, version } = await suggestionOf(id, 'type');
  await expect(
    acceptSuggestion(store.parts, store.request(), { id: suggestionId, expectedVersion: version - 1 }),
  ).rejects.toMatchObject({ code: 'version_conflict' });
  const stranger = await store.addUser();
  for (const decide of [acceptSuggestion, declineSuggestion]) {
    await expect(decide(store.parts, store.request(stranger), { id: suggestionId })).rejects.toThrow(NotFound);
  }
  const query = { status: SuggestionStatus.open, limit: 10 };
  expect((await listSuggestions(store.parts, stranger, query)).items).toEqual([]);
});

test('declined, it does not come back, until the decline is undone', async () => {
  const { id, checksum } = await capture('Sell the bike');
  const analysis = { ...UNSURE, due: null, title: { value: 'Sell the bike', confidence: 0.9 } };
  await enrich(id, analysis, checksum);
  const suggestion = await suggestionOf(id, 'type');
  const request = store.request();
  await declineSuggestion(store.parts, request, { id: suggestion.id });
  for (const confidence of [0.4, 1]) {
    await enrich(id, { ...analysis, model: 'another', type: { value: 'task', confidence } }, checksum);
  }
  expect(await suggestionsOf(id)).toEqual([]);
  expect((await entityOf(id)).entity.type).toBe('note');
  await undo(store.parts, store.request(), { correlationId: request.correlationId, force: false });
  expect(await suggestionsOf(id)).toMatchObject([{ id: suggestion.id, status: 'open' }]);
});

test('an acceptance that is undone leaves the field as it was, and the suggestion open', async () => {
  const id = await enriched('Clean the gutter');
  const { id: suggestionId } = await suggestionOf(id, 'type');
  const request = store.request();
  await acceptSuggestion(store.parts, request, { id: suggestionId });
  await undo(store.parts, store.request(), { correlationId: request.correlationId, force: false });
  expect((await entityOf(id)).entity.type).toBe('note');
  expect((await suggestionOf(id, 'type')).id).toBe(suggestionId);
});

test('other content, and another choice of the person, leave nothing to decide', async () => {
  const id = await enriched('Water the plants');
  const type = await suggestionOf(id, 'type');
  await updateEntity(store.parts, store.request(), { id, type: 'idea' });
  expect((await suggestionsOf(id)).map(({ field }) => field)).toEqual(['due']);
  await updateContent(store.parts, store.request(), { id, content: 'Water the plants, but not the cactus' });
  expect(await suggestionsOf(id)).toEqual([]);
  await expect(acceptSuggestion(store.parts, store.request(), { id: type.id })).rejects.toThrow(Unprocessable);
});

test('what a person chose is questioned, not changed', async () => {
  const { id, checksum } = await capture('Milk');
  await updateEntity(store.parts, store.request(), { id, title: 'My own title' });
  const analysis = { ...UNSURE, due: null, title: { value: 'Buy milk', confidence: 0.9 } };
  // Under this title it is embedded.
  expect(await titleAfterEnrichment(store.parts, store.userId, { id, analysis, checksum })).toBe('My own title');
  await enrich(id, analysis, checksum);
  expect((await entityOf(id)).entity.title).toBe('My own title');
  expect(await suggestionOf(id, 'title')).toMatchObject({ value: 'Buy milk', because: 'set_by_person' });
});

test('what is named by its title is linked to where that is sure, and else suggested', async () => {
  const named = await store.note('Every two years.', { title: 'Boiler service' });
  const garden = await store.note('Tomatoes and beans.', { title: 'Garden' });
  const { id, checksum } = await capture('Ask Pavel about the Boiler service, then water the Garden');
  const content = { userId: store.userId, entityId: id, now: new Date(), timezone: 'UTC' };
  const analysis = await analyseContent(
    store.parts,
    { ...content, content: 'Ask Pavel about the Boiler service, then water the Garden' },
    { signal },
  );
  expect(analysis.people).toEqual([{ value: 'Pavel', confidence: 0.45 }]);
  await enrich(id, analysis, checksum);
  expect((await entityOf(id)).relations).toMatchObject([{ type: 'mentions', targetId: named }]);
  expect(await suggestionOf(id, 'tags')).toMatchObject({ value: 'people/pavel' });
  const link = await suggestionOf(id, 'links');
  expect(link.value).toEqual({ targetId: garden });
  const request = store.request();
  await acceptSuggestion(store.parts, request, { id: link.id });
  expect((await entityOf(id)).relations.map(({ targetId }) => targetId).sort()).toEqual([named, garden].sort());
  await undo(store.parts, store.request(), { correlationId: request.correlationId, force: false });
  await enrich(id, analysis, checksum);
  expect((await entityOf(id)).relations.map(({ targetId }) => targetId)).toEqual([named]);
});

test('tags come from what is most alike', async () => {
  for (const bread of ['Rye bread with sourdough', 'Sourdough bread with spelt flour', 'Baking sourdough bread']) {
    await store.note(bread, { tags: ['loaves'] });
  }
  const content = 'A new recipe for sourdough bread with rye flour';
  const { id } = await capture(content);
  const input = { userId: store.userId, entityId: id, content, now: new Date(), timezone: 'UTC' };
  const { tags } = await analyseContent(store.parts, input, { signal });
  expect(tags).toContainEqual({ value: 'loaves', confidence: expect.closeTo(0.8, 1) });
});

test('rows of suggestions are what the log says, are verified, and are rebuilt', async () => {
  const findings = async () => {
    const found = [];
    for await (const message of verifyStore(store.parts, { scope: 'all' })) {
      if (message.kind === 'finding') found.push(message.finding);
    }
    return found;
  };
  expect(await findings()).toEqual([]);
  const before = await listSuggestions(store.parts, store.userId, { status: 'open', limit: 50 });
  expect(before.items.length).toBeGreaterThan(2);
  const { queries } = store.parts.database;
  await queries.execute("update suggestions set status = 'declined' where status = 'open'");
  expect((await findings()).length).toBeGreaterThan(1);
  for await (const _ of rebuildStore(store.parts)) {
    // Until it is done.
  }
  expect(await findings()).toEqual([]);
  expect(await listSuggestions(store.parts, store.userId, { status: 'open', limit: 50 })).toEqual(before);
});
