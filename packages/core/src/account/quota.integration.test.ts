import { EntityType, Unprocessable } from '@synap/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deleteEntity } from '../commands/change-entity.ts';
import { createOfType } from '../commands/create-entity.ts';
import { purgeEntity } from '../commands/purge-entity.ts';
import { updateContent } from '../commands/update-content.ts';
import { uploadFile } from '../commands/upload-file.ts';
import type { Parts } from '../parts.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { createQuota } from './quota.ts';
import { readUsage } from './read-usage.ts';

let store: TestStore;
let now = new Date('2026-11-24T12:00:00Z');

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

const later = (ms: number): void => {
  now = new Date(now.getTime() + ms);
};

function limited(limits: { items: number | null; bytes: number | null }): Parts {
  const { database } = store.parts;
  return { ...store.parts, quota: createQuota({ database, clock: { now: () => now }, limits }) };
}

const note = (parts: Parts, userId: Awaited<ReturnType<TestStore['addUser']>>, content: string) =>
  createOfType(parts, store.request(userId), { type: EntityType.note, content });

test('as many things as are allowed are kept, not one more, and again as many once some are purged', async () => {
  const userId = await store.addUser();
  const parts = limited({ items: 3, bytes: null });
  const settled = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) => note(parts, userId, `note ${index}`)),
  );
  const kept = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const refusals = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  expect(kept).toHaveLength(3);
  for (const refusal of refusals) expect(refusal).toBeInstanceOf(Unprocessable);
  expect(String(refusals[0])).toContain('3 things');
  const [first] = kept;
  if (first === undefined) throw new Error('Nothing was kept.');
  await deleteEntity(parts, store.request(userId), { id: first.id });
  later(2000);
  await expect(note(parts, userId, 'still in the trash')).rejects.toThrow(Unprocessable);
  await purgeEntity(parts, store.request(userId), { id: first.id });
  later(2000);
  await note(parts, userId, 'there is room again');
  expect(await readUsage(parts, userId)).toMatchObject({ items: 3, limits: { items: 3, bytes: null } });
});

test('content is counted in bytes, however it comes, and what makes something smaller is never refused', async () => {
  const userId = await store.addUser();
  const parts = limited({ items: null, bytes: 1000 });
  const { id } = await note(parts, userId, 'x'.repeat(900));
  await expect(note(parts, userId, 'y'.repeat(200))).rejects.toThrow(Unprocessable);
  const content = (async function* () {
    yield Buffer.from('z'.repeat(200));
  })();
  const upload = { content, fileName: 'z.txt', details: () => ({}) };
  await expect(uploadFile(parts, store.request(userId), upload)).rejects.toThrow(Unprocessable);
  await expect(updateContent(parts, store.request(userId), { id, content: 'x'.repeat(1100) })).rejects.toThrow(
    Unprocessable,
  );
  await updateContent(parts, store.request(userId), { id, content: 'x'.repeat(100) });
  await note(parts, userId, 'y'.repeat(200));
  const { bytes } = await readUsage(parts, userId);
  expect(bytes).toBeLessThanOrEqual(1000);
  expect(bytes).toBeGreaterThan(290);
});

test('the room of one user is not another’s', async () => {
  const [one, other] = [await store.addUser(), await store.addUser()];
  const parts = limited({ items: 1, bytes: null });
  await note(parts, one, 'mine');
  await note(parts, other, 'mine, too');
  await expect(note(parts, one, 'one more')).rejects.toThrow(Unprocessable);
});

test('what another process has added counts as soon as there may be no room', async () => {
  const userId = await store.addUser();
  const [one, other] = [limited({ items: 4, bytes: null }), limited({ items: 4, bytes: null })];
  await note(one, userId, 'first');
  await note(other, userId, 'second');
  await note(other, userId, 'third');
  later(2000);
  await note(one, userId, 'fourth');
  later(2000);
  for (const parts of [one, other]) await expect(note(parts, userId, 'fifth')).rejects.toThrow(Unprocessable);
});
