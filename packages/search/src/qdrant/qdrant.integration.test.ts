import { type Database, selectRows } from '@synap/database';
import { testDatabases } from '@synap/database/testing';
import type { EntityId, UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSearchIndex } from '../pgvector/pgvector-index.ts';
import type { SearchFilter, SearchIndex } from '../search-index.ts';
import { describeIndex } from '../testing/index-contract.ts';
import { indexThing, newUser, revisionOf, TEST_MODEL } from '../testing/index-thing.ts';
import { type QdrantStandIn, startQdrantStandIn } from '../testing/qdrant-stand-in.ts';
import type { VectorStore } from '../vectors/vector-store.ts';
import { createQdrantVectors } from './qdrant-vectors.ts';

const API_KEY = 'a key for tests';
const SERVER_URL = process.env.SYNAP_TEST_QDRANT_URL ?? '';
const [embedded] = testDatabases(undefined);

async function openDatabase(): Promise<Database> {
  if (embedded === undefined) throw new Error('There is no embedded database.');
  return embedded.open();
}

describeIndex({
  name: 'with vectors in a stand-in for Qdrant, which holds to its API but does not show how Qdrant searches',
  isAvailable: true,
  open: async () => {
    const [database, server] = await Promise.all([openDatabase(), startQdrantStandIn({ apiKey: API_KEY })]);
    const close = async () => {
      await database.close();
      await server.close();
    };
    const vectors = createQdrantVectors({ url: server.url, apiKey: API_KEY });
    return { database, index: createSearchIndex(database, vectors), close };
  },
});

describeIndex({
  name: 'with vectors in Qdrant (set SYNAP_TEST_QDRANT_URL)',
  isAvailable: SERVER_URL !== '',
  open: async () => {
    const database = await openDatabase();
    const apiKey = process.env.SYNAP_TEST_QDRANT_API_KEY ?? null;
    const index = createSearchIndex(database, createQdrantVectors({ url: SERVER_URL, apiKey }));
    const close = async () => {
      // Its collections go with its generations.
      await database.queries.execute(sql`update search_generations set status = 'retired'`);
      await index.finishRebuild();
      await database.close();
    };
    return { database, index, close };
  },
});

describe('vectors in Qdrant, in a stand-in that holds to its API', () => {
  let database: Database;
  let server: QdrantStandIn;
  let vectors: VectorStore;
  let index: SearchIndex;
  let inRows: SearchIndex;
  beforeAll(async () => {
    [database, server] = await Promise.all([openDatabase(), startQdrantStandIn({ apiKey: API_KEY })]);
    vectors = createQdrantVectors({ url: server.url, apiKey: API_KEY });
    index = createSearchIndex(database, vectors);
    inRows = createSearchIndex(database);
  });
  afterAll(async () => {
    await database.close();
    await server.close();
  });

  const nearest = async (of: SearchIndex, userId: UserId, embedding: readonly number[], filter: SearchFilter = {}) => {
    const asked = { userId, model: TEST_MODEL, text: '', useWords: false, limit: 5, filter };
    const { chunks } = await of.candidates({ ...asked, embedding: Float32Array.from(embedding) });
    return chunks.sort((left, right) => (right.similarity ?? -2) - (left.similarity ?? -2));
  };
  const makeAnew = async (of: SearchIndex, revisions: readonly ReturnType<typeof revisionOf>[]) => {
    await of.beginRebuild(TEST_MODEL);
    for (const revision of revisions) await of.replace(revision);
    await of.finishRebuild();
  };

  test('what is nearest there is nearest in the rows, with the same similarities, under any filter', async () => {
    const user = await newUser(database);
    const other = await newUser(database);
    const revisions = [];
    for (let place = 0; place < 40; place += 1) {
      const angle = (place * Math.PI) / 40;
      const thing = {
        title: `Thing ${place}`,
        text: `text ${place}`,
        embedding: [Math.cos(angle), Math.sin(angle), 0.5],
        tags: place % 4 === 0 ? ['fourth'] : [],
        isDeleted: place % 10 === 9,
      };
      const userId = place % 3 === 0 ? other : user;
      revisions.push(revisionOf({ userId, entityId: await indexThing({ database, index }, userId, thing), ...thing }));
    }
    const filters: SearchFilter[] = [{}, { tag: 'fourth' }, { excludedTags: ['fourth'] }, { state: 'deleted' }];
    const read = async (of: SearchIndex) => {
      const answers = [];
      for (const userId of [user, other]) {
        for (const filter of filters) {
          const found = await nearest(of, userId, [0.3, 0.9, 0.2], filter);
          answers.push(found.map(({ entityId, similarity }) => [entityId, similarity?.toFixed(2)]));
        }
      }
      return answers;
    };
    const there = await read(index);
    expect(there.map((found) => found.length)).toEqual([5, 5, 5, 2, 5, 4, 5, 2]);
    await makeAnew(inRows, revisions);
    expect(await read(inRows)).toEqual(there);
    expect(server.collections()).toHaveLength(1);
    await makeAnew(index, revisions);
    expect(await read(index)).toEqual(there);
    expect(server.collections()).toHaveLength(1);
  });

  test('an index whose vectors are elsewhere than they are to be is outdated, and answers until it is made anew', async () => {
    const userId = await newUser(database);
    const entityId = await indexThing({ database, index }, userId, { embedding: [0, 1, 0] });
    expect(await index.isOutdated(TEST_MODEL)).toBe(false);
    expect(await inRows.isOutdated(TEST_MODEL)).toBe(true);
    // Without the store its vectors cannot be asked: words still can.
    const asked = { userId, model: TEST_MODEL, filter: {}, limit: 5, embedding: Float32Array.of(0, 1, 0) };
    const { chunks } = await inRows.candidates({ ...asked, text: 'thing', useWords: true });
    expect(chunks).toMatchObject([{ entityId, similarity: null }]);
  });

  test('the past is searched by the vectors of then', async () => {
    const userId = await newUser(database);
    const entityId = await indexThing({ database, index }, userId, { text: 'then', embedding: [0, 1, 0] });
    const then = revisionOf({ userId, entityId, text: 'then' });
    await index.replace(revisionOf({ userId, entityId, version: 2, text: 'now', embedding: [0, 0, 1] }));
    expect(await nearest(index, userId, [0, 1, 0])).toMatchObject([
      { checksum: expect.not.stringMatching(then.checksum) },
    ]);
    const asked = { userId, model: TEST_MODEL, text: '', useWords: false, limit: 5, filter: {} };
    const past = { asOf: new Date(0), revisions: [then] };
    const { chunks } = await index.candidates({ ...asked, embedding: Float32Array.of(0, 1, 0), past });
    expect(chunks).toMatchObject([{ entityId, checksum: then.checksum }]);
    expect(chunks[0]?.similarity).toBeCloseTo(1, 3);
  });

  test('a thing has the vectors of its present revision', async () => {
    const userId = await newUser(database);
    const entityId = await indexThing({ database, index }, userId, { text: 'one', embedding: [3, 4, 0] });
    const [embedding] = await index.embeddingsOf({ userId, entityId, model: TEST_MODEL });
    expect([...(embedding ?? [])].map((number) => number.toFixed(2))).toEqual(['0.60', '0.80', '0.00']);
    const stranger = await newUser(database);
    expect(await index.embeddingsOf({ userId: stranger, entityId, model: TEST_MODEL })).toEqual([]);
  });

  test('what is forgotten is gone there too, of one thing or of a user', async () => {
    const userId = await newUser(database);
    const [first] = [
      await indexThing({ database, index }, userId, {}),
      await indexThing({ database, index }, userId, {}),
    ];
    const before = server.points();
    expect(await index.countElsewhere(userId)).toBe(2);
    expect(await index.forget({ userId, entityId: first })).toBe(1);
    expect(await index.forget({ userId })).toBe(1);
    expect(await index.forget({ userId })).toBe(0);
    expect(server.points()).toBe(before - 2);
  });

  test('an index that is written while its thing goes leaves nothing behind, and what a crash left is found', async () => {
    const userId = await newUser(database);
    const gone = await indexThing({ database, index }, userId, {});
    const revision = revisionOf({ userId, entityId: gone, version: 2, text: 'more' });
    const before = server.points();
    await removeThing(gone);
    expect(await index.replace(revision)).toBe(false);
    expect(server.points()).toBe(before - 1);

    const crashed = await indexThing({ database, index }, userId, {});
    const kept = await indexThing({ database, index }, userId, {});
    await removeThing(crashed);
    expect(await nearest(index, userId, [1, 0, 0])).toMatchObject([{ entityId: kept }]);
    expect(await index.forgetOrphans()).toBe(1);
    expect(await index.forgetOrphans()).toBe(0);
    expect(await nearest(index, userId, [1, 0, 0])).toMatchObject([{ entityId: kept }]);
  });

  test('a write that fails there changes nothing, and its repeat is whole', async () => {
    const userId = await newUser(database);
    const entityId = await indexThing({ database, index }, userId, { text: 'first', embedding: [0, 1, 0] });
    const second = revisionOf({ userId, entityId, version: 2, text: 'second', embedding: [0, 0, 1] });
    server.refuseWrites(true);
    await expect(index.replace(second)).rejects.toMatchObject({ code: 'unavailable', dependency: 'qdrant' });
    server.refuseWrites(false);
    expect(await index.indexedVersion({ userId, entityId, model: TEST_MODEL })).toBe(1);
    expect(await index.replace(second)).toBe(true);
    const [hit] = await nearest(index, userId, [0, 0, 1]);
    expect(hit).toMatchObject({ entityId, checksum: second.checksum });
    expect(hit?.similarity).toBeCloseTo(1, 3);
  });

  test('an older run that comes late leaves the newer revision the present one', async () => {
    const userId = await newUser(database);
    const entityId = await indexThing({ database, index }, userId, { text: 'first', embedding: [0, 1, 0] });
    const third = revisionOf({ userId, entityId, version: 3, text: 'third', embedding: [0, 0, 1] });
    const second = revisionOf({ userId, entityId, version: 2, text: 'second', embedding: [1, 0, 0] });
    await Promise.all([index.replace(third), index.replace(second)]);
    for (const direction of [
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]) {
      expect(await nearest(index, userId, direction)).toMatchObject([{ entityId, checksum: third.checksum }]);
    }
  });

  test('a wrong key and a server that is not there are named', async () => {
    for (const connection of [
      { url: server.url, apiKey: 'wrong' },
      { url: 'http://127.0.0.1:9', apiKey: null },
    ]) {
      const broken = createSearchIndex(database, createQdrantVectors(connection));
      await expect(broken.describe()).rejects.toMatchObject({ dependency: 'qdrant', message: /QDRANT_URL/u });
    }
    expect(await index.describe()).toMatch(/^Qdrant 1\.18\.0/u);
  });

  async function removeThing(id: EntityId): Promise<void> {
    const gone = await selectRows(database.queries, sql`delete from entities where id = ${id} returning id`);
    expect(gone).toHaveLength(1);
  }
});
