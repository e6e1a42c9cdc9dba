export { accounts, apiKeys, calendarLinks, passkeys, sessions, twoFactors, verifications } from './accounts.ts';
export { aggregates, archiveSegments, erasures, eventKeys, events, idempotencyKeys } from './event-log.ts';
export {
  contentLinks,
  entities,
  entityTags,
  eventDetails,
  formerTitles,
  relations,
  suggestions,
  tags,
  taskDetails,
  userSettings,
  users,
} from './projections.ts';
export { entityVectors, indexingFailures, pastVectors, searchGenerations } from './search-index.ts';
export { checkpoints } from './subscriptions.ts';
export { givenAnswers, type RerunStatus, rerunItems, reruns } from './thinking.ts';
export { modelUsage } from './usage.ts';
export { type KeptAttempt, type SealedSecret, webhookDeliveries, webhooks } from './webhooks.ts';
