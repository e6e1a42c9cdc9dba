export type { Database, Queryable, Transaction } from './connection/database.ts';
export { databaseFailure } from './connection/database-failure.ts';
export { openPglite } from './connection/open-pglite.ts';
export { openPostgres } from './connection/open-postgres.ts';
export { refreshStatistics } from './connection/refresh-statistics.ts';
export { selectRows } from './connection/select-rows.ts';
export { type AppendHeader, appendEvents, type NewEvent } from './event-log/append.ts';
export { readCheckpoint, saveCheckpoint } from './event-log/checkpoint.ts';
export { type EventFilter, type LogPage, readAggregate, readAll, readWatermark } from './event-log/read.ts';
export { readStreamHead, type StreamHead } from './event-log/stream-head.ts';
export {
  claimKey,
  deleteAnswersBefore,
  findAnswer,
  type RepeatableRequest,
  saveAnswer,
} from './idempotency/idempotency.ts';
export { type EntityFilter, type EntityOrder, listEntities, type Page } from './projection/list-entities.ts';
export { loadEntities, loadEntity, loadEntityForChange } from './projection/load-entity.ts';
export { findRelation, listRelationsOf, loadRelation, saveRelation } from './projection/relations.ts';
export { saveEntity } from './projection/save-entity.ts';
export { listTags, type TagCount } from './projection/tags.ts';
export { addUser, ensureOwner } from './projection/users.ts';
export * as schema from './schema/schema.ts';
