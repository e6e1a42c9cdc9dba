export {
  areWithin,
  BroadScope,
  isGranted,
  isGrantedForSomeKind,
  type KindScope,
  type Scope,
  scopeSchema,
  scopes,
} from './access/scope.ts';
export {
  allTags,
  CONTENT_LINKS_MAX,
  CONTENT_TAGS_MAX,
  type ContentNames,
  canBePerson,
  contentNamesSchema,
  contentTags,
  isColourCode,
  keysOf,
  type LinkKeys,
  linkedId,
  linkKeys,
  NO_NAMES,
  PEOPLE_PREFIX,
  personWritten,
  tagWritten,
  titleKey,
} from './entity/content-names.ts';
export {
  decideAddTag,
  decideChangeContent,
  decideChangeTask,
  decideChangeTitle,
  decideChangeType,
  decideCreate,
  decideDelete,
  decidePurge,
  decideRemind,
  decideRemoveTag,
  decideRestore,
  decideRetag,
  type EntityDelta,
  type NewEntity,
} from './entity/decide.ts';
export { decideChangeEvent } from './entity/decide-event.ts';
export {
  type Acceptance,
  decideAcceptSuggestion,
  decideDeclineSuggestion,
} from './entity/decide-suggestion.ts';
export {
  decideEnrich,
  type Enrichment,
  type EnrichmentBasis,
  type EnrichmentDelta,
  tagsRemovedByPerson,
} from './entity/enrich.ts';
export {
  type EntityState,
  type EventDetails,
  type Provenance,
  ProvenanceField,
  type TaskDetails,
} from './entity/entity-state.ts';
export { type EventChange, startOf } from './entity/event-deltas.ts';
export { evolveEntity, foldEntity } from './entity/evolve.ts';
export { type CompletedOccurrence, completedOccurrences } from './entity/occurrences.ts';
export { decideFetchedPage, decidePageFailure, type FetchedPage } from './entity/page.ts';
export { decideRevert } from './entity/revert.ts';
export { type Suggestion, SuggestionStatus } from './entity/suggestion.ts';
export type { NextOccurrence, Occurrence, TaskChange } from './entity/task-deltas.ts';
export {
  ConcurrencyConflict,
  ErrorCode,
  type FieldError,
  Forbidden,
  NotFound,
  PreconditionFailed,
  RateLimited,
  SynapError,
  TooLarge,
  Unauthenticated,
  Unavailable,
  UndoRefused,
  Unprocessable,
  UnsupportedType,
  ValidationFailed,
} from './errors.ts';
export {
  type Analysis,
  analysisSchema,
  type SuggestedValue,
  type SuggestionReason,
  suggestedValueSchema,
} from './events/ai-events.ts';
export {
  type EventData,
  type EventDelta,
  type EventName,
  eventCatalogue,
  eventNames,
  isEventName,
  parseEventDelta,
  type ReadDelta,
  readEventDelta,
} from './events/catalogue.ts';
export { describeEvent } from './events/describe.ts';
export { checksumSchema, type FileReference, PREVIEW_MAX_LENGTH } from './events/entity-events.ts';
export {
  type Actor,
  actorSchema,
  type EntityEvent,
  type EventHeader,
  type EventMetadata,
  eventMetadataSchema,
  isEntityEvent,
  type ReadEvent,
  type RelationEvent,
  type StoredEvent,
  type UserEvent,
} from './events/stored-event.ts';
export {
  type Clock,
  CorrelationId,
  DeliveryId,
  EntityId,
  EventId,
  type IdSource,
  RelationId,
  RerunId,
  SuggestionId,
  UserId,
  WebhookId,
} from './ids.ts';
export { findCycle, isAcyclic, type RelationEnds } from './relation/cycle.ts';
export {
  decideCreateRelation,
  decideDeleteRelation,
  decideRestoreRelation,
  evolveRelation,
  foldRelation,
  type RelationDelta,
  type RelationState,
} from './relation/relation.ts';
export type { UndoableEvent, UndoConflict, UndoDecision, UndoField } from './undo/undo.ts';
export { decideUndoEntity } from './undo/undo-entity.ts';
export { decideUndoRelation } from './undo/undo-relation.ts';
export { decideUndoUser } from './undo/undo-user.ts';
export {
  afterColours,
  decideColourTag,
  decideMoveColours,
  evolveUser,
  foldUser,
  type UserDelta,
  type UserState,
} from './user/user-state.ts';
export {
  AggregateType,
  aggregateTypeSchema,
  colourSchema,
  type Due,
  dueSchema,
  EntityType,
  EventSource,
  entityTypeSchema,
  eventSourceSchema,
  FileType,
  fileTypeSchema,
  type Moment,
  placeSchema,
  RelationType,
  recurrenceSchema,
  relationTypeSchema,
  type Schedule,
  scheduleSchema,
  type TaskPriority,
  TaskStatus,
  TITLE_MAX_LENGTH,
  tagSchema,
  taskPrioritySchema,
  taskStatusSchema,
  timezoneSchema,
  titleSchema,
} from './vocabulary.ts';
export {
  type AttemptDecision,
  type AttemptOutcome,
  DeliveryStatus,
  decideAttempt,
  isSuccess,
  PauseReason,
  type WebhookHealth,
} from './webhook/decide-attempt.ts';
export { EVERY_EVENT, eventPatternSchema, eventTypesOf, patternsFor } from './webhook/event-pattern.ts';
