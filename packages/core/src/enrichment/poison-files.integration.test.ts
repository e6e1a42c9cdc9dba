import { createTextExtractor } from '@synap/ai';
import { aPdf, flateBomb, ZLIB_HEAD } from '@synap/ai/testing';
import { EntityId } from '@synap/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { replaceContent } from '../commands/update-content.ts';
import { uploadFile } from '../commands/upload-file.ts';
import type { Parts } from '../parts.ts';
import { readIndexStatus } from '../queries/index-status.ts';
import { search } from '../queries/search.ts';
import { openTestStore, type TestStore } from '../testing/test-store.ts';
import { indexContent } from './index-content.ts';

let store: TestStore;
let parts: Parts;
beforeAll(async () => {
  store = await openTestStore();
  parts = { ...store.parts, extractor: createTextExtractor({ maxResidentMegabytes: 300 }) };
});
afterAll(async () => {
  await parts?.extractor.close();
  await store?.close();
});

/** A page that takes minutes to unpack. */
const bomb = { entries: '/Filter /FlateDecode', content: Buffer.concat([ZLIB_HEAD, flateBomb(20_000_000_000)]) };

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const keep = async (fileName: string, bytes: Uint8Array): Promise<EntityId> => {
  const { id } = await uploadFile(parts, store.request(), {
    fileName,
    content: once(bytes),
    details: () => ({}),
  });
  return EntityId.parse(id);
};
const index = (entityId: EntityId) =>
  indexContent(parts, { userId: store.userId, entityId }, { signal: AbortSignal.timeout(60_000) });
const find = async (text: string) =>
  (await search(parts, store.userId, { text, mode: 'text', limit: 5, filter: {} })).items.map(
    ({ entity }) => entity.id,
  );

test('a PDF that hangs whoever reads it fails alone: it is found by its name, with the reason, and the next one by its text', async () => {
  const poison = await keep('poison-treaty.pdf', aPdf({ firstPageStream: bomb }));
  const good = await keep('good.pdf', aPdf({ pages: [['The heron is patient']] }));
  await Promise.all([index(poison), index(good)]);
  expect(await find('heron')).toEqual([good]);
  expect(await find('treaty')).toEqual([poison]);
  const [status] = (await readIndexStatus(parts, store.userId)).items;
  expect(status).toMatchObject({ indexed: 2, pending: 0, failed: 1 });
  expect(status?.failures).toMatchObject([
    { entityId: poison, reason: expect.stringMatching(/took too long|takes more memory/) },
  ]);
});

test('once it is replaced by what can be read, nothing is said against it any more', async () => {
  const damaged = await keep('damaged.pdf', Buffer.from('%PDF-1.4\nnothing of it is a PDF'));
  await index(damaged);
  const failedBefore = (await readIndexStatus(parts, store.userId)).items[0]?.failures.map(({ entityId }) => entityId);
  expect(failedBefore).toContain(damaged);
  const content = once(aPdf({ pages: [['Readable at last']] }));
  await replaceContent(parts, store.request(), { id: damaged, content });
  await index(damaged);
  const failed = (await readIndexStatus(parts, store.userId)).items[0]?.failures.map(({ entityId }) => entityId);
  expect(failed).not.toContain(damaged);
  expect(await find('readable')).toEqual([damaged]);
});
