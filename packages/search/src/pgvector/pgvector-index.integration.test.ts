import { testDatabases } from '@synap/database/testing';
import { describeIndex } from '../testing/index-contract.ts';
import { createSearchIndex } from './pgvector-index.ts';

for (const kind of testDatabases(process.env.SYNAP_TEST_DATABASE_URL)) {
  describeIndex({
    ...kind,
    open: async () => {
      const database = await kind.open();
      return { database, index: createSearchIndex(database), close: () => database.close() };
    },
  });
}
