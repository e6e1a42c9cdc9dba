export { detectFileKind, FILE_HEAD_BYTES, fileNameOf } from '@synap/ai';
export {
  databaseFailure,
  type EntityReference,
  type Finding,
  type RebuildProgress,
  type StoreErasure,
} from '@synap/database';
export type { ByteRange, HmacLinks, ReadOptions } from '@synap/storage';
export { createApiKeySignIn } from './account/api-key-sign-in.ts';
export { type ApiKeyView, type CreatedApiKey, createApiKey, listApiKeys, revokeApiKey } from './account/api-keys.ts';
export { type ErasureReceipt, eraseAccount, findTracesOf } from './account/erase-account.ts';
export { createQuota, type Quota, type QuotaLimits } from './account/quota.ts';
export { type AccountUsage, readUsage } from './account/read-usage.ts';
export { type ChangedThing, type ChangedThings, listChanged } from './activity/list-changed.ts';
export { type Activity, type ActivityPeriod, readActivity } from './activity/read-activity.ts';
export type { Streak } from './activity/streak.ts';
export { type Cache, type CacheEntry, createNoCache } from './cache/cache.ts';
export { entityEntry, entriesOf, sessionEntry, userEntry } from './cache/entries.ts';
export { forgetFromLog } from './cache/forget-from-log.ts';
export { type CalendarFeed, readCalendar } from './calendar/calendar-feed.ts';
export {
  type CalendarLinkView,
  createCalendarLink,
  findOwnerOfCalendar,
  readCalendarLink,
  revokeCalendarLink,
} from './calendar/calendar-link.ts';
export type { CommandContext } from './command-context.ts';
export { type AddPageInput, addPage } from './commands/add-page.ts';
export { type CapturedThought, type CaptureInput, captureThought } from './commands/capture-thought.ts';
export {
  addTag,
  deleteEntity,
  removeTag,
  restoreEntity,
  updateEntity,
  updateEvent,
  updateTask,
} from './commands/change-entity.ts';
export { type ChangedTag, deleteTag, mergeTag, updateTag } from './commands/change-tags.ts';
export { type CreateInput, createOfType } from './commands/create-entity.ts';
export { acceptSuggestion, type DecidedSuggestion, declineSuggestion } from './commands/decide-suggestion.ts';
export { type EventFields, eventChange } from './commands/event-change.ts';
export { type Merged, MergedContent, type MergeInput, mergeEntities } from './commands/merge-entities.ts';
export { type Purged, purgeEntity } from './commands/purge-entity.ts';
export { createRelation, deleteRelation } from './commands/relate-entities.ts';
export { revertEntity } from './commands/revert-entity.ts';
export { type TaskFields, taskChange } from './commands/task-change.ts';
export { type Undone, undo } from './commands/undo.ts';
export { replaceContent, updateContent } from './commands/update-content.ts';
export { type UploadDetails, type UploadInput, uploadFile } from './commands/upload-file.ts';
export { type AnnouncedContent, heldTo } from './content/held-to.ts';
export { type Presentation, presentationOf } from './content/presentation.ts';
export type { UploadedContent } from './content/store-upload.ts';
export { applyEnrichment } from './enrichment/apply-enrichment.ts';
export { startWorkflowsFromLog } from './enrichment/start-workflows.ts';
export { enrichmentWorkflows } from './enrichment/workflows.ts';
export { createEventFeed, type EventFeed, type FeedPage } from './feed/event-feed.ts';
export { type Backlink, type Backlinks, listBacklinks } from './links/list-backlinks.ts';
export {
  DEFAULT_LIMITS,
  type Limits,
  type Parts,
  type PausedWebhook,
  type QueuedWork,
  type WebhookParts,
} from './parts.ts';
export { type EventHandler, startEventHandlers } from './plug-ins/event-handler.ts';
export { type AskMessage, ask } from './queries/ask.ts';
export type { Citation } from './queries/ask-citations.ts';
export { diffRevisions, type RevisionDiff } from './queries/diff-revisions.ts';
export { drawGraph, GraphFormat } from './queries/draw-graph.ts';
export { DueList } from './queries/due-list.ts';
export { type DuplicatePair, listDuplicates } from './queries/duplicates.ts';
export { readEntityTypes } from './queries/entity-types.ts';
export { explainSearch, type SearchExplanation, type WhyNot, WhyNotReason } from './queries/explain-search.ts';
export { type EntityDetails, getEntity } from './queries/get-entity.ts';
export { type IndexStatus, readIndexStatus } from './queries/index-status.ts';
export type { LinkedThings, Progress } from './queries/linked-things.ts';
export { type ChangeView, listChanges } from './queries/list-changes.ts';
export { listEntities } from './queries/list-entities.ts';
export { listEvents } from './queries/list-events.ts';
export { listOccurrences, type OccurrenceView } from './queries/list-occurrences.ts';
export { listSuggestions, type SuggestionView } from './queries/list-suggestions.ts';
export { listTagCounts, type TagView } from './queries/list-tags.ts';
export { listTasks, type TaskItem, type TaskListInput } from './queries/list-tasks.ts';
export { listUnresolvedLinks } from './queries/list-unresolved-links.ts';
export { type OpenedContent, openContent, readText } from './queries/read-content.ts';
export { GRAPH_NODES_MAX, type Graph, readGraph } from './queries/read-graph.ts';
export { type EventView, readHistory } from './queries/read-history.ts';
export { listRelated, type RelatedEntity, type RelatedWhy } from './queries/related.ts';
export { type SearchAnswer, type SearchHit, SearchMode, type SearchQuery, search } from './queries/search.ts';
export { type SignedLink, signContent } from './queries/sign-content.ts';
export { type Reminders, startReminders } from './reminders/fire-reminders.ts';
export {
  type FieldDifference,
  listRerunDifferences,
  type RerunDifference,
} from './reruns/rerun-differences.ts';
export { rerunWorkflows } from './reruns/rerun-workflows.ts';
export { applyRerun, getRerun, listReruns, type RerunView, startRerun } from './reruns/start-rerun.ts';
export { createSegmentStore } from './upkeep/archive.ts';
export { FileHome, type FileMoves, type MoveProgress, moveFiles } from './upkeep/move-files.ts';
export { type ReadContentProgress, readOlderContent } from './upkeep/read-older-content.ts';
export { type IndexProgress, rebuildIndex, renewOutdatedIndex } from './upkeep/rebuild-index.ts';
export { rebuildStore } from './upkeep/rebuild-store.ts';
export { upkeepDue, upkeepWorkflows } from './upkeep/upkeep-workflows.ts';
export {
  type VerifyMessage,
  type VerifyRequest,
  VerifyScope,
  type VerifySummary,
  verifyStore,
} from './upkeep/verify-store.ts';
export { dropRun, listRuns, retryRun } from './upkeep/workflow-runs.ts';
export { type WrittenCheckpoint, writeCheckpoints } from './upkeep/write-checkpoints.ts';
export {
  admitUpload,
  completeUpload,
  createUpload,
  type DirectUpload,
  type DirectUploadInput,
} from './uploads/direct-upload.ts';
export { type LinkedContent, openLinked, storeLinked } from './uploads/linked-content.ts';
export { createTokenSealer, type TokenSealer } from './uploads/sealed-token.ts';
export { listUsage, type Usage, type UsageView } from './usage/list-usage.ts';
export { createSpendingMeter, type SpendingMeterOptions } from './usage/spending-meter.ts';
export type { CalendarEventView, EntityView, RelationView, TaskView } from './views.ts';
export { deliverWebhook } from './webhooks/deliver-webhook.ts';
export {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  pauseWebhook,
  resumeWebhook,
  rotateWebhookSecret,
  updateWebhook,
  type WebhookInput,
} from './webhooks/manage-webhooks.ts';
export { createSecretBox, type SecretBox } from './webhooks/secret-box.ts';
export { isPermittedTarget } from './webhooks/target-url.ts';
export { startWebhookRuns } from './webhooks/wake-webhooks.ts';
export {
  listDeliveries,
  type ReplayFrom,
  replayWebhook,
  retryDelivery,
  sendTest,
} from './webhooks/webhook-deliveries.ts';
export type { DeliveryView, WebhookView, WebhookWithSecret } from './webhooks/webhook-view.ts';
