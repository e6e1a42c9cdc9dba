export { openCommunityTimescale } from './community-timescale.ts';
export { createTemporaryDatabase, type TestDatabase, testDatabases } from './test-databases.ts';
