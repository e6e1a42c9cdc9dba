export { aggregates, checkpoints, eventPositions, events, idempotencyKeys } from './event-log.ts';
export { entities, entityTags, relations, tags, taskDetails, users } from './projections.ts';
export { entityVectors } from './search-index.ts';
