import { loadRelationForChange } from '@synap/database';
import { ConcurrencyConflict } from '@synap/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRelation, deleteRelation } from '../commands/relate-entities.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { commitChanges } from './commit.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('a state that was written after its head was read is a conflict, which is decided again, and no failure', async () => {
  const { parts, userId } = store;
  const [sourceId, targetId] = [await store.note('one'), await store.note('two')];
  const { id } = await createRelation(parts, store.request(), { type: 'mentions', sourceId, targetId });
  const { head } = await loadRelationForChange(parts, userId, id);
  await deleteRelation(parts, store.request(), { id });
  const { state, readFrom } = await loadRelationForChange(parts, userId, id);
  const commit = commitChanges(parts, store.request(), {
    command: 'relations.delete',
    repeatable: null,
    changes: [
      {
        aggregate: 'relation',
        id,
        before: { state, head, readFrom },
        decided: [{ delta: { type: 'relation.restored', data: {} } }],
      },
    ],
    answer: () => null,
  });
  await expect(commit).rejects.toThrow(ConcurrencyConflict);
});
