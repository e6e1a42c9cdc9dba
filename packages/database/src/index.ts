export {
  type ApiKey,
  addApiKey,
  findApiKeyHash,
  findOwnApiKey,
  findUsableApiKey,
  listApiKeyHashes,
  listApiKeys,
  type NewApiKey,
  noteApiKeyUse,
  revokeApiKey,
  type UsableApiKey,
} from './accounts/api-keys.ts';
export {
  type CalendarLink,
  deleteCalendarLink,
  findCalendarLink,
  findCalendarOwner,
  replaceCalendarLink,
} from './accounts/calendar-links.ts';
export {
  deleteExpiredSignIns,
  findLiveSession,
  type LiveSession,
  listSessionTokens,
} from './accounts/sessions.ts';
export { type ArchivedPart, archiveLog } from './archive/archive-log.ts';
export { listSegments, type SegmentStore } from './archive/archived-rows.ts';
export type { LogRow } from './archive/log-row.ts';
export type { SegmentSource } from './archive/segment-codec.ts';
export { type CacheFenceState, raiseCacheFence, readCacheFence } from './cache/cache-fence.ts';
export type { Database, Queryable, Transaction } from './connection/database.ts';
export { databaseFailure } from './connection/database-failure.ts';
export type { Holdings } from './connection/migrations.ts';
export { openPglite } from './connection/open-pglite.ts';
export { openPostgres } from './connection/open-postgres.ts';
export { refreshStatistics } from './connection/refresh-statistics.ts';
export { selectRows } from './connection/select-rows.ts';
export { erasePayloads } from './erasure/erase-payloads.ts';
export {
  closeLogOf,
  eraseFromLog,
  eraseFromState,
  findTraces,
  type StoreErasure,
  wasErased,
} from './erasure/erase-user.ts';
export {
  type AppendHeader,
  type NewEvent,
  type PreparedAppend,
  type PreparedEvent,
  prepareAppend,
  type StreamAppend,
} from './event-log/append.ts';
export { beginAfter } from './event-log/checkpoint.ts';
export { type ActivityCount, type ActivityRange, countActivity } from './event-log/count-activity.ts';
export {
  type DurableSubscriber,
  type DurableSubscriberOptions,
  subscribeDurably,
} from './event-log/durable-subscriber.ts';
export type { EventFilter } from './event-log/event-filter.ts';
export { type EventLog, type KeptAnswer, openEventLog } from './event-log/event-log.ts';
export { ensureEventPartitions, initTimescale } from './event-log/init-timescale.ts';
export type { LogPage, LogReader } from './event-log/log-reader.ts';
export { LogGrade, type LogStorage } from './event-log/log-storage.ts';
export { shareSignals } from './event-log/notify.ts';
export { type RecentChange, readRecentChanges } from './event-log/recent-changes.ts';
export { toStoredEvent as readEventRow } from './event-log/stored-event.ts';
export type { StreamHead } from './event-log/stream-head.ts';
export { CycleClosed, IdempotencyKeyTaken, RowsRebuilt } from './event-log/write-failure.ts';
export { deleteAnswersBefore, findAnswer, type RepeatableRequest } from './idempotency/idempotency.ts';
export {
  changedSince,
  listEntitiesAsOf,
  listRelationsAsOf,
  loadEntitiesAsOf,
  loadEntityAsOf,
  upTo,
} from './projection/as-of.ts';
export {
  type ContentLink,
  type ContentLinks,
  findByKeys,
  listLinkTargets,
} from './projection/content-links.ts';
export { listContentLinksAsOf } from './projection/content-links-as-of.ts';
export { readTypes } from './projection/entity-types.ts';
export { type DueReminder, findDueReminders } from './projection/find-due-reminders.ts';
export { findTranscript } from './projection/find-transcript.ts';
export { listDated } from './projection/list-dated.ts';
export {
  type EntityFilter,
  type EntityList,
  type EntityOrder,
  listEntities,
  type Page,
} from './projection/list-entities.ts';
export { listOpenTasks, type OpenTaskFilter, type TaskPlace } from './projection/list-open-tasks.ts';
export { loadEntities, loadEntity } from './projection/load-entity.ts';
export {
  type LoadedForChange,
  loadEntityForChange,
  loadRelationForChange,
  type Sources,
} from './projection/load-for-change.ts';
export { type EntityReference, loadReferences } from './projection/load-references.ts';
export { loadSurroundings, type Surroundings } from './projection/load-surroundings.ts';
export { findNamedTitles, type TitledEntity } from './projection/named-titles.ts';
export { deleteStates, type FoldedStreams, foldStreams, projectStreams } from './projection/project-streams.ts';
export {
  findRelation,
  listAllRelationsOf,
  listRelationsOf,
  loadRelation,
  relationsReachedFrom,
} from './projection/relations.ts';
export { projectIfBehind, refuseForeignLog, repairFromLog } from './projection/repair-from-log.ts';
export { type FoldedStates, saveStates, type TableId } from './projection/save-states.ts';
export {
  findSuggestedEntity,
  listSuggestions,
  type SuggestionFilter,
  type SuggestionOf,
} from './projection/suggestions.ts';
export { countTagged, listTaggedIds, listTags, type TagCount, type TagSelection } from './projection/tags.ts';
export { countUnreadContent, listUnreadContent } from './projection/unread-content.ts';
export { listUnresolvedLinks, type UnresolvedLink } from './projection/unresolved-links.ts';
export { countUsage, type Usage } from './projection/usage.ts';
export { loadUserState } from './projection/user-state.ts';
export { addUser, ensureOwner, findEmail, findOwner, hasThings, isUser, listUserIds } from './projection/users.ts';
export {
  type Checkpoint,
  type CheckpointStatement,
  checkpointHash,
  createSigner,
  encodeCheckpoint,
  hasValidSignature,
  parseCheckpoint,
  type Signer,
} from './proof/checkpoint.ts';
export { readAllHeads } from './proof/read-all-heads.ts';
export { verifyCheckpoint } from './proof/verify-checkpoint.ts';
export { abandonRebuild, type RebuildProgress, rebuildProjections } from './rebuild/rebuild-projections.ts';
export { deleteGivenAnswersBefore, findGivenAnswers, rememberAnswer } from './recall/given-answers.ts';
export {
  addToRerun,
  deleteRerunsBefore,
  insertRerun,
  listRerunItems,
  listReruns,
  loadRerun,
  nextToAnalyse,
  type Rerun,
  type RerunItem,
  saveRerunItem,
  setRerunStatus,
} from './reruns/reruns.ts';
export * as schema from './schema/schema.ts';
export { addModelUsage, listModelUsage, type ModelUsageRow, readSpentOn } from './usage/model-usage.ts';
export { type Finding, FindingKind } from './verify/finding.ts';
export { countStreams, findStrays, type VerifiedPage, verifyStreams } from './verify/verify-streams.ts';
export {
  countWaiting,
  type Delivery,
  deleteDeliveriesBefore,
  findDueDelivery,
  findNextDue,
  listDeliveries,
  loadDelivery,
  type NewDelivery,
  restartDeliveries,
  restartDelivery,
  saveAttempt,
  saveTest,
  skipDeliveries,
} from './webhooks/deliveries.ts';
export {
  advanceWebhook,
  beginWebhookRun,
  changeWebhook,
  deleteWebhook,
  endReplay,
  endWebhookRun,
  findWebhook,
  findWebhookMadeBy,
  insertWebhook,
  listWebhooks,
  listWebhooksToWake,
  loadWebhook,
  silenceWebhooks,
  type Webhook,
  type WebhookKey,
  wakeWebhooks,
} from './webhooks/webhooks.ts';
export { type CommitWrite, createCommitWrite, type Write } from './write/commit-write.ts';
