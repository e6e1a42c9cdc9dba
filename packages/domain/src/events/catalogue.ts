import type * as z from 'zod';
import { ValidationFailed } from '../errors.ts';
import {
  aiAnalysisCompleted,
  aiAnalysisRequested,
  aiEnrichmentApplied,
  aiSuggestionAccepted,
  aiSuggestionDeclined,
  aiSuggestionMade,
  aiSuggestionReopened,
  aiSuggestionWithdrawn,
} from './ai-events.ts';
import type { Upcaster } from './define-event.ts';
import {
  entityContentRead,
  entityCreated,
  entityDeleted,
  entityFileDeleted,
  entityFileUploaded,
  entityPurged,
  entityRestored,
  entityTagAdded,
  entityTagRemoved,
  entityTitleChanged,
  entityTypeChanged,
  entityUpdated,
} from './entity-events.ts';
import { type ErasedDelta, parseErased } from './erased-event.ts';
import { pageFetched, pageFetchFailed, pageFetchRequested } from './page-events.ts';
import { plugInEvents } from './plug-in-events.ts';
import { relationCreated, relationDeleted, relationPurged, relationRestored } from './relation-events.ts';
import { eventPlaceSet, eventScheduleSet } from './schedule-events.ts';
import {
  taskCompleted,
  taskDueDateSet,
  taskPrioritySet,
  taskRecurred,
  taskReminded,
  taskReminderSet,
  taskStatusChanged,
} from './task-events.ts';
import { userTagColoured } from './user-events.ts';

/** Every event type of the system, by name. */
export const eventCatalogue = {
  'entity.created': entityCreated,
  'entity.updated': entityUpdated,
  'entity.deleted': entityDeleted,
  'entity.restored': entityRestored,
  'entity.purged': entityPurged,
  'entity.title_changed': entityTitleChanged,
  'entity.type_changed': entityTypeChanged,
  'entity.file_uploaded': entityFileUploaded,
  'entity.file_deleted': entityFileDeleted,
  'entity.content_read': entityContentRead,
  'entity.tag_added': entityTagAdded,
  'entity.tag_removed': entityTagRemoved,
  'task.status_changed': taskStatusChanged,
  'task.completed': taskCompleted,
  'task.recurred': taskRecurred,
  'task.due_date_set': taskDueDateSet,
  'task.priority_set': taskPrioritySet,
  'task.reminder_set': taskReminderSet,
  'task.reminded': taskReminded,
  'event.schedule_set': eventScheduleSet,
  'event.place_set': eventPlaceSet,
  'relation.created': relationCreated,
  'relation.deleted': relationDeleted,
  'relation.restored': relationRestored,
  'relation.purged': relationPurged,
  'ai.analysis_requested': aiAnalysisRequested,
  'ai.analysis_completed': aiAnalysisCompleted,
  'ai.enrichment_applied': aiEnrichmentApplied,
  'page.fetch_requested': pageFetchRequested,
  'page.fetched': pageFetched,
  'page.fetch_failed': pageFetchFailed,
  'ai.suggestion_made': aiSuggestionMade,
  'ai.suggestion_accepted': aiSuggestionAccepted,
  'ai.suggestion_declined': aiSuggestionDeclined,
  'ai.suggestion_reopened': aiSuggestionReopened,
  'ai.suggestion_withdrawn': aiSuggestionWithdrawn,
  'user.tag_coloured': userTagColoured,
  ...plugInEvents,
} as const;

type Catalogue = typeof eventCatalogue;
export type EventName = keyof Catalogue;
export type EventData<Name extends EventName> = z.infer<Catalogue[Name]['data']>;

/** An event as it is decided: what happened, before the log gives it a header. */
export type EventDelta<Name extends EventName = EventName> = {
  [Each in Name]: { readonly type: Each; readonly data: EventData<Each> };
}[Name];

/** The names of the events in the streams of one aggregate type. */
export type EventNameOf<Aggregate extends string> = {
  [Name in EventName]: Catalogue[Name]['aggregateType'] extends Aggregate ? Name : never;
}[EventName];

export const eventNames = Object.keys(eventCatalogue) as [EventName, ...EventName[]];

/** Whether `name` is an event type of the catalogue. */
export function isEventName(name: string): name is EventName {
  return Object.hasOwn(eventCatalogue, name);
}

/** A delta as it is read: of the catalogue, or erased since. */
export type ReadDelta<Name extends EventName = EventName> = EventDelta<Name> | ErasedDelta;

/**
 * Reads a delta that comes from outside the type system (a database row, an import): brings it from the schema version
 * that it was written in to the newest, and checks it against its declaration.
 *
 * @param event.timestamp when it was written; some upcasters need it.
 * @throws {ValidationFailed} if the name is unknown, the schema version is none of the declared ones, or the data does
 * not fit.
 */
export function readEventDelta(
  type: string,
  schemaVersion: number,
  data: unknown,
  event: { readonly timestamp: Date },
): ReadDelta {
  return parseErased(type, data) ?? parseEventDelta(type, schemaVersion, data, event);
}

/** As `readEventDelta`, for a delta that cannot have been erased: one that is to be written. */
export function parseEventDelta(
  type: string,
  schemaVersion: number,
  data: unknown,
  event: { readonly timestamp: Date },
): EventDelta {
  if (!isEventName(type)) {
    throw new ValidationFailed([{ field: 'type', message: `there is no event type '${type}'` }]);
  }
  const declaration = eventCatalogue[type];
  const parsed = declaration.data.safeParse(upcast(type, schemaVersion, data, event));
  if (!parsed.success) {
    throw new ValidationFailed(
      parsed.error.issues.map((issue) => ({ field: `data.${issue.path.join('.')}`, message: issue.message })),
    );
  }
  // The name and the data were checked against the same declaration, which TypeScript cannot follow through the union.
  return { type, data: parsed.data } as EventDelta;
}

/** The upcasters of an event type, by the version that each starts from. */
export function upcastersOf(type: EventName): Readonly<Record<number, Upcaster>> {
  const declaration: { readonly upcasters?: Readonly<Record<number, Upcaster>> } = eventCatalogue[type];
  return declaration.upcasters ?? {};
}

function upcast(type: EventName, schemaVersion: number, data: unknown, event: { readonly timestamp: Date }): unknown {
  const newest = eventCatalogue[type].schemaVersion;
  const upcasters = upcastersOf(type);
  let upcasted = data;
  for (let version = schemaVersion; version !== newest; version += 1) {
    const upcaster = upcasters[version];
    if (upcaster === undefined) {
      const message = `${type} has version ${newest}, and there is no way from ${schemaVersion} to it`;
      throw new ValidationFailed([{ field: 'schemaVersion', message }]);
    }
    upcasted = upcaster(upcasted, event);
  }
  return upcasted;
}
