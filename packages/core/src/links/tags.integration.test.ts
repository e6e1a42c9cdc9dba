import { type EntityId, EntityType, NotFound, Unprocessable } from '@synap/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTag, deleteEntity, restoreEntity } from '../commands/change-entity.ts';
import { deleteTag, mergeTag, updateTag } from '../commands/change-tags.ts';
import { createOfType } from '../commands/create-entity.ts';
import { undo } from '../commands/undo.ts';
import { getEntity } from '../queries/get-entity.ts';
import { listTagCounts } from '../queries/list-tags.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { rebuildStore } from '../upkeep/rebuild-store.ts';
import { verifyStore } from '../upkeep/verify-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

async function note(tags: string[], content = 'A note.', userId = store.userId): Promise<EntityId> {
  const input = { type: EntityType.note, content, tags };
  return (await createOfType(store.parts, store.request(userId), input)).id;
}
const tagsOf = async (id: EntityId, userId = store.userId) => (await getEntity(store.parts, userId, { id })).tags;
const counts = async (below?: string) =>
  Object.fromEntries(
    (await listTagCounts(store.parts, store.userId, { limit: 200, below })).map((each) => [
      each.name,
      [each.count, each.inContent],
    ]),
  );

test('a tag is renamed on everything, with those below it, and an undo takes it back', async () => {
  const one = await note(['area', 'area/beds', 'areas']);
  const two = await note(['area'], 'In the #area here.');
  const trashed = await note(['area/beds']);
  await deleteEntity(store.parts, store.request(), { id: trashed });
  const elsewhere = await store.addUser();
  const others = await note(['area'], 'A note.', elsewhere);
  expect(await counts('area')).toEqual({ area: [2, 1], 'area/beds': [1, 0] });
  const request = { ...store.request(), idempotencyKey: 'a-rename' };
  const renamed = await updateTag(store.parts, request, { tag: 'area', name: 'garden' });
  expect(renamed).toEqual({ things: 3, inContent: 1, correlationId: request.correlationId });
  expect(await updateTag(store.parts, request, { tag: 'area', name: 'garden' })).toEqual(renamed);
  expect(await tagsOf(one)).toEqual(['areas', 'garden', 'garden/beds']);
  expect(await tagsOf(two)).toEqual(['area', 'garden']);
  await restoreEntity(store.parts, store.request(), { id: trashed });
  expect(await tagsOf(trashed)).toEqual(['garden/beds']);
  expect(await tagsOf(others, elsewhere)).toEqual(['area']);
  await undo(store.parts, store.request(), { correlationId: request.correlationId, force: false });
  expect(await counts('area')).toEqual({ area: [2, 1], 'area/beds': [2, 0] });
  expect(await counts('garden')).toEqual({});
});

test('a tag has a colour, takes it along, and loses it again with an undo; a rebuild knows it', async () => {
  await note(['blue', 'blue/sky']);
  const colours = async () =>
    Object.fromEntries(
      (await listTagCounts(store.parts, store.userId, { limit: 200 })).flatMap(({ name, colour }) =>
        colour === null ? [] : [[name, colour]],
      ),
    );
  await updateTag(store.parts, store.request(), { tag: 'blue', colour: '#0000ff' });
  const second = store.request();
  await updateTag(store.parts, second, { tag: 'blue', colour: '#1e90ff' });
  expect(await colours()).toEqual({ blue: '#1e90ff' });
  await undo(store.parts, store.request(), { correlationId: second.correlationId, force: false });
  expect(await colours()).toEqual({ blue: '#0000ff' });
  const rename = store.request();
  await updateTag(store.parts, rename, { tag: 'blue', name: 'azure' });
  expect(await colours()).toEqual({ azure: '#0000ff' });
  await store.parts.database.queries.execute(`update user_settings set tag_colours = '{}'`);
  for await (const _ of rebuildStore(store.parts));
  expect(await colours()).toEqual({ azure: '#0000ff' });
  await undo(store.parts, store.request(), { correlationId: rename.correlationId, force: false });
  expect(await colours()).toEqual({ blue: '#0000ff' });
  const both = await updateTag(store.parts, store.request(), { tag: 'blue', name: 'navy', colour: '#000080' });
  expect(both.things).toBe(1);
  expect(await colours()).toEqual({ navy: '#000080' });
  const stranger = await store.addUser();
  await updateTag(store.parts, store.request(stranger), { tag: 'navy', colour: '#ff0000' });
  expect(await colours()).toEqual({ navy: '#000080' });
  await Promise.all(
    ['#000001', '#000002', '#000003'].map((colour, index) =>
      updateTag(store.parts, store.request(), { tag: `at-once-${index}`, colour }),
    ),
  );
  for await (const message of verifyStore(store.parts, { scope: 'all' })) expect(message.kind).not.toBe('finding');
});

test('a rename does not make one of two; a merge does', async () => {
  const both = await note(['plants', 'flora']);
  const one = await note(['plants/trees']);
  const rename = updateTag(store.parts, store.request(), { tag: 'plants', name: 'flora' });
  await expect(rename).rejects.toThrow(/Merge 'plants' into it/);
  const merged = await mergeTag(store.parts, store.request(), { tag: 'plants', into: 'flora' });
  expect(merged).toMatchObject({ things: 2, inContent: 0 });
  expect([await tagsOf(both), await tagsOf(one)]).toEqual([['flora'], ['flora/trees']]);
  const below = mergeTag(store.parts, store.request(), { tag: 'flora', into: 'flora/all' });
  await expect(below).rejects.toBeInstanceOf(Unprocessable);
});

test('a deleted tag is on nothing any more but the texts in which it stands', async () => {
  const one = await note(['old', 'old/older']);
  const two = await note(['old'], 'An #old one.');
  expect(await deleteTag(store.parts, store.request(), { tag: 'old', withBelow: false })).toMatchObject({
    things: 2,
    inContent: 1,
  });
  expect([await tagsOf(one), await tagsOf(two)]).toEqual([['old/older'], ['old']]);
  await deleteTag(store.parts, store.request(), { tag: 'old', withBelow: true });
  expect(await tagsOf(one)).toEqual([]);
});

test('a tag that stands in texts only is changed where it stands', async () => {
  await note([], 'This is #written.');
  const rename = updateTag(store.parts, store.request(), { tag: 'written', name: 'said' });
  await expect(rename).rejects.toThrow(/in texts only, in 1/);
});

test('nobody renames what is not theirs, or what there is not', async () => {
  const stranger = store.request(await store.addUser());
  await note(['mine']);
  await expect(updateTag(store.parts, stranger, { tag: 'mine', name: 'theirs' })).rejects.toBeInstanceOf(NotFound);
  await expect(deleteTag(store.parts, stranger, { tag: 'mine', withBelow: true })).rejects.toBeInstanceOf(NotFound);
});

test('more things than are done at once are all done, beside others who write', async () => {
  const ids: EntityId[] = [];
  for (let index = 0; index < 130; index += 1) ids.push(await note(['many']));
  const last = ids.at(-1);
  const request = store.request();
  const [renamed] = await Promise.all([
    updateTag(store.parts, request, { tag: 'many', name: 'lots' }),
    ...ids.slice(60, 70).map((id) => addTag(store.parts, store.request(), { id, tag: 'beside' })),
  ]);
  expect(renamed.things).toBe(130);
  expect(await counts('lots')).toEqual({ lots: [130, 0] });
  expect(last === undefined ? [] : await tagsOf(last)).toEqual(['lots']);
  await undo(store.parts, store.request(), { correlationId: request.correlationId, force: false });
  expect(await counts('many')).toEqual({ many: [130, 0] });
  for await (const _ of rebuildStore(store.parts));
  for await (const message of verifyStore(store.parts, { scope: 'all' })) expect(message.kind).not.toBe('finding');
  expect(await counts('beside')).toEqual({ beside: [10, 0] });
});
