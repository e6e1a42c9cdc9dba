import { type Database, selectRows } from '@synap/database';
import { testDatabases } from '@synap/database/testing';
import type { UserId } from '@synap/domain';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SearchFilter } from '../search-index.ts';
import { ensureSyntheticIndex, fillSyntheticIndex, findNearestExactly } from '../testing/synthetic-index.ts';
import { createClusteredVectors, createRandom, tenantId } from '../testing/synthetic-vectors.ts';
import { readOpenGenerations, vectorIndexName } from './generations.ts';
import { createSearchIndex } from './pgvector-index.ts';

const MODEL = 'synthetic';
const DIMENSIONS = 16;
const QUERIES = 10;
/** A graph of 100,000 takes the embedded database, which is one thread of WebAssembly, minutes to build. */
const SIZES = { embedded: [10, 1_000, 9_000, 4_990], server: [10, 1_000, 20_000, 78_990] };

const FILTERS: readonly [string, SearchFilter, string][] = [
  ['no filter', {}, 'true'],
  [
    'a tag on one of ten',
    { tag: 'often' },
    `exists (select from entity_tags t where t.entity_id = entity.id and tag = 'often')`,
  ],
  ['a type that one of a hundred has', { type: 'task' }, `type = 'task'`],
  [
    'a tag on one of a thousand',
    { tag: 'rare' },
    `exists (select from entity_tags t where t.entity_id = entity.id and tag = 'rare')`,
  ],
  ['a time in which all was made', { from: new Date(0) }, `created_at >= 'epoch'`],
];

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  const sizes = kind.hasConcurrentTransactions ? SIZES.server : SIZES.embedded;
  const tenants = sizes.map((chunks, number) => ({ userId: tenantId(number), chunks }));
  const total = sizes.reduce((sum, chunks) => sum + chunks, 0);

  describe.skipIf(!kind.isAvailable)(`a table of ${total} chunks ${kind.name}`, () => {
    let database: Database;
    const next = createClusteredVectors(DIMENSIONS, createRandom(7));
    const queries = Array.from({ length: QUERIES }, () => next());

    beforeAll(async () => {
      database = await kind.open();
      await fillSyntheticIndex(database, { tenants, dimensions: DIMENSIONS, model: MODEL });
      await ensureSyntheticIndex(database);
    }, 300_000);
    afterAll(() => database.close());

    const find = async (userId: UserId, vector: Float32Array, filter: SearchFilter) => {
      const index = createSearchIndex(database);
      const query = { userId, model: MODEL, text: '', useWords: false, limit: 50 };
      const { chunks } = await index.candidates({ ...query, embedding: vector, filter });
      return chunks.sort((left, right) => (right.similarity ?? 0) - (left.similarity ?? 0));
    };

    for (const { userId, chunks } of tenants) {
      test.each(FILTERS)(
        `of a user with ${chunks} chunks the ten nearest are found, 98 of 100 at the least, with %s`,
        async (_, filter, condition) => {
          let [wanted, found] = [0, 0];
          for (const vector of queries) {
            const exact = await findNearestExactly(database, { userId, vector, condition, limit: 10 });
            const ten = (await find(userId, vector, filter)).slice(0, 10).map(({ entityId }) => String(entityId));
            wanted += exact.length;
            found += exact.filter((id) => ten.includes(id)).length;
          }
          expect(found / Math.max(1, wanted)).toBeGreaterThanOrEqual(wanted === 0 ? 0 : 0.98);
        },
        120_000,
      );
    }

    test('a query sees one user’s rows only', async () => {
      for (const { userId } of tenants) {
        for (const vector of queries.slice(0, 5)) {
          const ids = (await find(userId, vector, {})).map(({ entityId }) => entityId);
          const rows = await selectRows<{ user_id: string }>(
            database.queries,
            sql`select distinct user_id from entities where id in ${ids}`,
          );
          expect(rows).toEqual([{ user_id: userId }]);
        }
      }
    });

    test('the graph is asked for large tenants: the statement that they are found with is one that it serves', async () => {
      const [generation] = await readOpenGenerations(database.queries);
      const name = vectorIndexName(generation?.id ?? 0);
      const scans = async () => {
        await database.queries.execute(sql`select pg_stat_clear_snapshot()`);
        const [row] = await selectRows<{ scans: string | number }>(
          database.queries,
          sql`select idx_scan as scans from pg_stat_user_indexes where indexrelname = ${name}`,
        );
        return Number(row?.scans ?? 0);
      };
      await expect.poll(scans, { timeout: 20_000 }).toBeGreaterThan(0);
    });
  });
}
