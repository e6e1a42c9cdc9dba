import type { EventData } from '../events/catalogue.ts';
import type { PlugInEventName } from '../events/plug-in-events.ts';
import { type EntityEvent, isEntityEvent, type ReadEvent } from '../events/stored-event.ts';
import { EntityId } from '../ids.ts';
import { EntityType, TaskStatus } from '../vocabulary.ts';
import { compareCodeUnits } from './content-names.ts';
import type { EntityState, EventDetails, Provenance, ProvenanceField, TaskDetails } from './entity-state.ts';
import { evolveSuggestions } from './suggestion.ts';

/** A task of which nobody has said anything. */
export const NEW_TASK: TaskDetails = {
  status: TaskStatus.todo,
  priority: 0,
  due: null,
  recurrence: null,
  completedAt: null,
  remindAt: null,
  awaitsReminder: false,
};

/** An event of the calendar of which nobody has said anything. */
export const NEW_EVENT: EventDetails = { schedule: null, place: null };

/**
 * What an event means for an entity. The only place that says so: the live write, the rebuild, reads of the past and
 * undo all fold with it. Pure and total over streams that start with `entity.created` and have no version gap.
 *
 * @throws {Error} if the stream is broken: that is damage to the log, not a caller's mistake.
 */
export function evolveEntity(state: EntityState | null, event: EntityEvent): EntityState {
  if (state === null) return created(event);
  if (event.version !== state.version + 1) {
    throw new Error(`Event ${event.type} of ${event.aggregateId} has version ${event.version} after ${state.version}.`);
  }
  return {
    ...state,
    ...changes(state, event),
    suggestions: evolveSuggestions(state, event),
    version: event.version,
    // What is only read is not changed.
    updatedAt: event.type === 'entity.content_read' ? state.updatedAt : event.timestamp,
  };
}

/**
 * Folds a stream, or the beginning of one, in version order. An empty stream is no entity, and neither is one that was
 * erased for good.
 * @throws {Error} if the stream is broken, or another kind of thing's.
 */
export function foldEntity(events: Iterable<ReadEvent>): EntityState | null {
  let state: EntityState | null = null;
  for (const event of events) {
    if (event.type === 'event.erased' || event.type === 'entity.purged') return null;
    if (!isEntityEvent(event)) throw new Error(`${event.aggregateId} is no entity: it has ${event.type}.`);
    state = evolveEntity(state, event);
  }
  return state;
}

function created(event: EntityEvent): EntityState {
  if (event.type !== 'entity.created' || event.version !== 1) {
    throw new Error(`The stream of ${event.aggregateId} starts with ${event.type} at version ${event.version}.`);
  }
  const { entityType, title, given } = event.data;
  const origin = provenanceOf(event);
  const derived: Provenance = { by: 'derived', version: event.version };
  return {
    id: EntityId.parse(event.aggregateId),
    userId: event.userId,
    type: entityType,
    title,
    formerTitles: [],
    file: null,
    tags: [],
    task: entityType === EntityType.task ? NEW_TASK : null,
    event: null,
    provenance: {
      title: given.includes('title') ? origin : derived,
      type: given.includes('type') ? origin : derived,
    },
    suggestions: [],
    version: event.version,
    createdAt: event.timestamp,
    updatedAt: event.timestamp,
    deletedAt: null,
  };
}

function changes(state: EntityState, event: EntityEvent): Partial<EntityState> {
  switch (event.type) {
    case 'entity.created':
      throw new Error(`${event.aggregateId} is created a second time at version ${event.version}.`);
    case 'entity.title_changed':
      return {
        title: event.data.newValue,
        formerTitles: event.data.keepsOld === true ? formerTitles(state, event.data.newValue) : state.formerTitles,
        provenance: mark(state, event, 'title'),
      };
    case 'entity.type_changed':
      return {
        type: event.data.newValue,
        task: event.data.newValue === EntityType.task ? takenUpAgain(taskOf(state), event) : state.task,
        provenance: mark(state, event, 'type'),
      };
    case 'entity.updated':
      return {
        task: { ...taskOf(state), recurrence: event.data.newValue },
        provenance: mark(state, event, event.data.field),
      };
    case 'entity.file_uploaded':
      return { file: event.data };
    case 'entity.file_deleted':
      return { file: null };
    case 'entity.content_read': {
      const { checksum, names } = event.data;
      return state.file?.checksum === checksum ? { file: { ...state.file, names } } : {};
    }
    case 'entity.tag_added':
      return {
        tags: [...new Set([...state.tags, event.data.tag])].sort(compareCodeUnits),
        provenance: mark(state, event, 'tags'),
      };
    case 'entity.tag_removed':
      return { tags: state.tags.filter((tag) => tag !== event.data.tag), provenance: mark(state, event, 'tags') };
    case 'entity.deleted':
      return { deletedAt: event.timestamp };
    case 'entity.restored':
      return { deletedAt: null, task: state.task === null ? null : takenUpAgain(state.task, event) };
    case 'entity.purged':
      // What is purged is no more; until it is gone from everywhere it is as it was, in the trash.
      return {};
    case 'task.status_changed':
      return {
        task: {
          ...(isClosed(taskOf(state)) ? takenUpAgain(taskOf(state), event) : taskOf(state)),
          status: event.data.newValue,
          completedAt: null,
        },
        provenance: mark(state, event, 'status'),
      };
    case 'task.completed':
      return {
        task: { ...taskOf(state), status: TaskStatus.done, completedAt: new Date(event.data.completedAt) },
        provenance: mark(state, event, 'status'),
      };
    case 'task.recurred':
      return recurred(state, event, event.data);
    case 'task.due_date_set':
      return { task: { ...taskOf(state), due: event.data.newValue }, provenance: mark(state, event, 'due') };
    case 'task.priority_set':
      return { task: { ...taskOf(state), priority: event.data.newValue }, provenance: mark(state, event, 'priority') };
    case 'task.reminder_set': {
      const remindAt = event.data.newValue === null ? null : new Date(event.data.newValue);
      const awaitsReminder = remindAt !== null && remindAt > event.timestamp;
      return { task: { ...taskOf(state), remindAt, awaitsReminder }, provenance: mark(state, event, 'reminder') };
    }
    case 'task.reminded':
      return { task: { ...taskOf(state), awaitsReminder: false } };
    case 'event.schedule_set':
      return {
        event: { ...eventOf(state), schedule: event.data.newValue },
        provenance: mark(state, event, 'schedule'),
      };
    case 'event.place_set':
      return { event: { ...eventOf(state), place: event.data.newValue }, provenance: mark(state, event, 'place') };
    case 'ai.analysis_requested':
    case 'ai.analysis_completed':
    case 'ai.enrichment_applied':
    case 'page.fetch_requested':
    case 'page.fetched':
    case 'page.fetch_failed':
    case 'ai.suggestion_made':
    case 'ai.suggestion_accepted':
    case 'ai.suggestion_declined':
    case 'ai.suggestion_reopened':
    case 'ai.suggestion_withdrawn':
      return {};
    default:
      return changesOfPlugIn(event);
  }
}

/** Its kind folds it for itself. The parameter keeps the cases above complete: it takes no other event. */
function changesOfPlugIn(_event: { readonly type: PlugInEventName }): Partial<EntityState> {
  return {};
}

function recurred(state: EntityState, event: EntityEvent, data: EventData<'task.recurred'>): Partial<EntityState> {
  const { newDue: due, newRecurrence: recurrence } = data;
  const origin = provenanceOf(event);
  const changed = recurrence === data.oldRecurrence ? {} : { recurrence: origin };
  return {
    task: { ...taskOf(state), status: TaskStatus.todo, completedAt: null, due, recurrence },
    provenance: { ...state.provenance, status: origin, due: origin, ...changed },
  };
}

/** A reminder whose time passed while there was nothing to be done is not made up for. */
function takenUpAgain(task: TaskDetails, { timestamp }: EntityEvent): TaskDetails {
  const isToCome = task.remindAt !== null && task.remindAt > timestamp;
  return task.awaitsReminder && !isToCome ? { ...task, awaitsReminder: false } : task;
}

function isClosed({ status }: TaskDetails): boolean {
  return status === TaskStatus.done || status === TaskStatus.cancelled;
}

function eventOf(state: EntityState): EventDetails {
  return state.event ?? NEW_EVENT;
}

function taskOf(state: EntityState): TaskDetails {
  return state.task ?? NEW_TASK;
}

/** Older ones are forgotten. */
const FORMER_TITLES_MAX = 20;

function formerTitles({ title, formerTitles: former }: EntityState, newTitle: string): string[] {
  return [...former.filter((each) => each !== title && each !== newTitle), title]
    .filter((each) => each !== newTitle)
    .slice(-FORMER_TITLES_MAX);
}

function mark(state: EntityState, event: EntityEvent, field: ProvenanceField): EntityState['provenance'] {
  return { ...state.provenance, [field]: provenanceOf(event) };
}

/** Whose choice an event is. */
export function provenanceOf({ metadata, version }: EntityEvent): Provenance {
  if (metadata.ai === undefined) {
    return {
      by: metadata.actor.kind === 'system' || metadata.actor.kind === 'workflow' ? 'derived' : 'person',
      version,
    };
  }
  const { model, confidence, isAccepted } = metadata.ai;
  return {
    by: isAccepted === true ? 'person' : 'ai',
    version,
    model,
    ...(confidence === undefined ? {} : { confidence }),
  };
}
