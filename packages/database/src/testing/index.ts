export { openCommunityTimescale } from './community-timescale.ts';
export { createTemporaryDatabase } from './test-databases.ts';
