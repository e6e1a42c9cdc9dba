import { type EntityId, EntityType, type RelationType, Unprocessable } from '@synap/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOfType } from '../commands/create-entity.ts';
import { mergeEntities } from '../commands/merge-entities.ts';
import { createRelation, deleteRelation } from '../commands/relate-entities.ts';
import { undo } from '../commands/undo.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

const note = async (title: string): Promise<EntityId> =>
  (await createOfType(store.parts, store.request(), { type: EntityType.note, title, content: title })).id;
const relate = (sourceId: EntityId, type: RelationType, targetId: EntityId, request = store.request()) =>
  createRelation(store.parts, request, { type, sourceId, targetId });

test('nothing contains or blocks itself over others; the refusal names the way', async () => {
  const [house, room, box] = [await note('House'), await note('Room'), await note('Box')];
  await relate(house, 'contains', room);
  await relate(room, 'contains', box);
  await expect(relate(box, 'contains', house)).rejects.toThrow(
    'That would lead in a circle: “Box” contains “House” contains “Room” contains “Box”.',
  );
  await relate(box, 'relates_to', house);
  await relate(box, 'blocks', house);
  await expect(relate(house, 'blocks', box)).rejects.toBeInstanceOf(Unprocessable);
  expect((await relate(house, 'contains', room)).createdAt).toBe((await relate(house, 'contains', room)).createdAt);
});

test('what would close a circle again is not undone or merged', async () => {
  const [one, two, three] = [await note('One'), await note('Two'), await note('Three')];
  const { id } = await relate(one, 'contains', two);
  const request = store.request();
  await deleteRelation(store.parts, request, { id });
  await relate(two, 'contains', three);
  await relate(three, 'contains', one);
  const { correlationId } = request;
  await expect(undo(store.parts, store.request(), { correlationId, force: true })).rejects.toThrow(
    /in a circle: “One”/,
  );
  const merge = mergeEntities(store.parts, store.request(), { id: two, duplicateId: one, content: 'keep' });
  await expect(merge).rejects.toThrow(/in a circle/);
});

test('two at once do not close a circle together', async () => {
  for (let round = 0; round < 10; round += 1) {
    const [one, two] = [await note('One'), await note('Two')];
    const outcomes = await Promise.allSettled([relate(one, 'contains', two), relate(two, 'contains', one)]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map(({ reason }) => reason)).toEqual([expect.any(Unprocessable)]);
  }
});
