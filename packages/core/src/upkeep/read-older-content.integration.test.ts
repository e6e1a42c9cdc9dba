import { prepareAppend } from '@synap/database';
import { type EntityDelta, EntityId, FileType, foldEntity } from '@synap/domain';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { revertEntity } from '../commands/revert-entity.ts';
import { undo } from '../commands/undo.ts';
import { updateContent } from '../commands/update-content.ts';
import { getEntity } from '../queries/get-entity.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { readOlderContent } from './read-older-content.ts';
import { rebuildStore } from './rebuild-store.ts';
import { verifyStore } from './verify-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

/** A note as it was kept before anybody read what its content names. */
async function olderNote(title: string, content: string, at: Date): Promise<EntityId> {
  const { parts, userId } = store;
  const id = EntityId.parse(v7());
  const bytes = new TextEncoder().encode(content);
  const stored = await parts.files.put({ userId, folder: 'notes', entityId: id, extension: 'md', content: bytes });
  const { path: filePath, sizeBytes: fileSize, checksum } = stored;
  const deltas: EntityDelta[] = [
    { type: 'entity.created', data: { entityType: 'note', title, given: ['title'] } },
    {
      type: 'entity.file_uploaded',
      data: { filePath, fileSize, fileType: FileType.markdown, checksum, preview: content },
    },
  ];
  const { actor, source, correlationId } = store.request();
  const prepared = prepareAppend({
    header: {
      userId,
      aggregateId: id,
      aggregateType: 'entity',
      timestamp: at,
      correlationId,
      causationId: null,
      source,
    },
    head: null,
    events: deltas.map((delta) => ({ id: v7(), delta, metadata: { actor, command: 'notes.create' } })),
  });
  const state = foldEntity(prepared.events);
  if (state === null) throw new Error('Nothing was written.');
  await parts.commit({ appends: [prepared], states: { entities: [state], relations: [] }, answer: null });
  return id;
}

const details = (id: EntityId, asOf?: Date) => getEntity(store.parts, store.userId, { id, asOf });
const read = (onProgress: Parameters<typeof readOlderContent>[1]['onProgress'] = () => undefined) =>
  readOlderContent(store.parts, { signal: new AbortController().signal, onProgress });

test('older content is read once, some at a time, and nothing looks changed by it', async () => {
  const at = new Date('2026-01-01T00:00:00.000Z');
  const target = await olderNote('The target', 'Nothing.', at);
  const source = await olderNote('A source', 'See [[the target]] and #older.', at);
  for (let count = 0; count < 60; count += 1) await olderNote(`Another ${count}`, `#many ${count}`, at);
  expect((await details(source)).tags).toEqual([]);
  const control = new AbortController();
  const cut = readOlderContent(store.parts, {
    signal: control.signal,
    onProgress: () => control.abort(new Error('cut')),
  });
  await expect(cut).rejects.toThrow('cut');
  const steps: number[] = [];
  expect(await read(({ things }) => steps.push(things))).toEqual({ things: 12, totalThings: 12, failed: 0 });
  expect(steps).toEqual([12]);
  expect(await read()).toEqual({ things: 0, totalThings: 0, failed: 0 });
  const { entity, tags, relations } = await details(source);
  expect([tags, entity.updatedAt, entity.version]).toEqual([['older'], at.toISOString(), 3]);
  expect(relations).toMatchObject([{ targetId: target, isInContent: true }]);
  for await (const message of verifyStore(store.parts, { scope: 'all' })) expect(message.kind).not.toBe('finding');
  for await (const _ of rebuildStore(store.parts));
  expect((await details(source)).tags).toEqual(['older']);
});

test('an older revision that is gone back to names what it names', async () => {
  const id = await olderNote('Reverted', 'An #ancient text.', new Date('2026-02-01T00:00:00.000Z'));
  const request = store.request();
  await updateContent(store.parts, request, { id, content: 'A #new text.' });
  await undo(store.parts, store.request(), { correlationId: request.correlationId, force: false });
  expect((await details(id)).tags).toEqual(['ancient']);
  await updateContent(store.parts, store.request(), { id, content: 'A #newer text.' });
  await revertEntity(store.parts, store.request(), { id, toVersion: 2 });
  expect((await details(id)).tags).toEqual(['ancient']);
});

test('what cannot be read is left for the next time', async () => {
  const id = await olderNote('Lost', 'A #lost text.', new Date('2026-03-01T00:00:00.000Z'));
  const { file } = (await store.parts.log.readAggregate({ userId: store.userId, aggregateId: id }))
    .filter((event) => event.type === 'entity.file_uploaded')
    .map(({ data }) => ({ file: data }))[0] ?? { file: null };
  const { filePath = '' } = file ?? {};
  const content = await store.parts.files.read(filePath);
  const bytes: Uint8Array[] = [];
  for await (const part of content) bytes.push(part);
  await store.parts.files.remove(filePath);
  expect(await read()).toMatchObject({ things: 1, failed: 1 });
  const address = { userId: store.userId, folder: 'notes', entityId: id, extension: 'md' } as const;
  await store.parts.files.put({ ...address, content: Buffer.concat(bytes) });
  expect(await read()).toMatchObject({ things: 1, failed: 0 });
  expect((await details(id)).tags).toEqual(['lost']);
});
