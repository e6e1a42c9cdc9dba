import type * as z from 'zod';
import { ValidationFailed } from '../errors.ts';
import { aiAnalysisCompleted, aiAnalysisRequested, aiEnrichmentApplied } from './ai-events.ts';
import {
  entityCreated,
  entityDeleted,
  entityFileDeleted,
  entityFileUploaded,
  entityRestored,
  entityTagAdded,
  entityTagRemoved,
  entityTitleChanged,
  entityTypeChanged,
  entityUpdated,
} from './entity-events.ts';
import { relationCreated, relationDeleted } from './relation-events.ts';
import { taskCompleted, taskDueDateSet, taskPrioritySet, taskStatusChanged } from './task-events.ts';

/** Every event type of the system, by name. */
export const eventCatalogue = {
  'entity.created': entityCreated,
  'entity.updated': entityUpdated,
  'entity.deleted': entityDeleted,
  'entity.restored': entityRestored,
  'entity.title_changed': entityTitleChanged,
  'entity.type_changed': entityTypeChanged,
  'entity.file_uploaded': entityFileUploaded,
  'entity.file_deleted': entityFileDeleted,
  'entity.tag_added': entityTagAdded,
  'entity.tag_removed': entityTagRemoved,
  'task.status_changed': taskStatusChanged,
  'task.completed': taskCompleted,
  'task.due_date_set': taskDueDateSet,
  'task.priority_set': taskPrioritySet,
  'relation.created': relationCreated,
  'relation.deleted': relationDeleted,
  'ai.analysis_requested': aiAnalysisRequested,
  'ai.analysis_completed': aiAnalysisCompleted,
  'ai.enrichment_applied': aiEnrichmentApplied,
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

/**
 * Checks a delta that comes from outside the type system (a database row, an import) against its declaration.
 * @throws {ValidationFailed} if the name is unknown, the schema version is not the declared one, or the data does not fit.
 */
export function parseEventDelta(type: string, schemaVersion: number, data: unknown): EventDelta {
  if (!isEventName(type)) {
    throw new ValidationFailed([{ field: 'type', message: `there is no event type '${type}'` }]);
  }
  const declaration = eventCatalogue[type];
  if (schemaVersion !== declaration.schemaVersion) {
    throw new ValidationFailed([
      { field: 'schemaVersion', message: `${type} has version ${declaration.schemaVersion}, not ${schemaVersion}` },
    ]);
  }
  const parsed = declaration.data.safeParse(data);
  if (!parsed.success) {
    throw new ValidationFailed(
      parsed.error.issues.map((issue) => ({ field: `data.${issue.path.join('.')}`, message: issue.message })),
    );
  }
  // The name and the data were checked against the same declaration, which TypeScript cannot follow through the union.
  return { type, data: parsed.data } as EventDelta;
}
