export { openCommunityTimescale } from './community-timescale.ts';
export { layNewPglite, openNewPglite } from './pglite-template.ts';
export { createTemporaryDatabase, type TestDatabase, testDatabases } from './test-databases.ts';
export { newId, writeEntity, writeRelation } from './write-entity.ts';
