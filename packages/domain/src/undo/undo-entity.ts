import type { EntityDelta } from '../entity/decide.ts';
import { statusDeltas } from '../entity/decide-suggestion.ts';
import type { EntityState, EventDetails, TaskDetails } from '../entity/entity-state.ts';
import { isSameSchedule } from '../entity/event-deltas.ts';
import { evolveEntity, NEW_EVENT, NEW_TASK } from '../entity/evolve.ts';
import { decideRevert, isSameFile, isSameStatus } from '../entity/revert.ts';
import { decisionOn, type Suggestion } from '../entity/suggestion.ts';
import { isSameDue } from '../entity/task-deltas.ts';
import type { PlugInEventName } from '../events/plug-in-events.ts';
import { type EntityEvent, isEntityEvent } from '../events/stored-event.ts';
import type { CorrelationId } from '../ids.ts';
import { plugInUndos } from './plug-in-undos.ts';
import { conflictOver, type UndoableEvent, type UndoConflict, type UndoDecision, type UndoField } from './undo.ts';

/**
 * What undoing a request, import or run does to one entity: each field that it touched gets the value from before, what
 * it created goes to the trash. What others did to other fields stays.
 *
 * A field is in conflict if it is neither as the undone left it nor as it was before, or if somebody else had changed it
 * in the midst of it. A creation is in conflict with whatever has become of the entity since. Where all is as it was
 * before, there is nothing to do, so undoing twice is undoing once.
 *
 * @param events the whole stream, in version order.
 * @param options.now for what is completed by it without a time of its own.
 */
export function decideUndoEntity(
  events: readonly UndoableEvent[],
  { correlationId }: { correlationId: CorrelationId },
  { now }: { now: Date },
): UndoDecision<EntityDelta> {
  const life = readLife(events, correlationId);
  if (life === null) return { deltas: [], conflicts: conflictOver('exists', events.slice(-1)) };
  const { steps, present } = life;
  const undone = steps.filter(({ isUndone }) => isUndone);
  const [first] = undone;
  if (first === undefined) return { deltas: [], conflicts: [] };
  if (first.before === null) return undoCreation({ steps, present, after: undone.at(-1)?.after ?? present });
  const fields = new Set(undone.flatMap(({ event }) => fieldsOf(event)));
  let target = present;
  const conflicts: UndoConflict[] = [];
  for (const field of fields) {
    const change = changeOf(field, steps);
    if (change === null || isSame(field, present, change.before)) continue;
    target = withField(target, field, change.before);
    if (change.isMixed || !isSame(field, present, change.after)) {
      conflicts.push(...conflictOver(field, othersThatTouch(field, steps)));
    }
  }
  const decisions = present.suggestions.flatMap((suggestion) =>
    statusDeltas(suggestion, suggestionOf(target, suggestion.id)),
  );
  // Decisions last: a suggestion that is open again would be superseded by the change of its field.
  const ofPlugIns = plugInUndos.flatMap((undo) => undo(events, { correlationId }));
  return { deltas: [...decideRevert(present, target, { now }), ...decisions, ...ofPlugIns], conflicts };
}

/** One event of an entity's life, and what it made of it. */
interface Step {
  readonly event: EntityEvent;
  readonly before: EntityState | null;
  readonly after: EntityState;
  readonly isUndone: boolean;
}

/** @returns `null` for an entity that was erased, or never was. */
function readLife(
  events: readonly UndoableEvent[],
  correlationId: CorrelationId,
): { steps: Step[]; present: EntityState } | null {
  const steps: Step[] = [];
  let state: EntityState | null = null;
  for (const event of events) {
    if (!isEntityEvent(event) || event.type === 'entity.purged') return null;
    const before: EntityState | null = state;
    state = evolveEntity(before, event);
    steps.push({ event, before, after: state, isUndone: event.correlationId === correlationId });
  }
  return state === null ? null : { steps, present: state };
}

function undoCreation({
  steps,
  present,
  after,
}: {
  steps: readonly Step[];
  present: EntityState;
  after: EntityState;
}): UndoDecision<EntityDelta> {
  if (present.deletedAt !== null) return { deltas: [], conflicts: [] };
  const fields = new Set(steps.filter(({ isUndone }) => !isUndone).flatMap(({ event }) => fieldsOf(event)));
  // That somebody has decided on a suggestion is no reason to keep what it was made for.
  const conflicts = [...fields]
    .filter((field) => !isSuggestion(field) && !isSame(field, present, after))
    .flatMap((field) => conflictOver(field, othersThatTouch(field, steps)));
  return { deltas: [{ type: 'entity.deleted', data: {} }], conflicts };
}

/** The fields that an event changes; an analysis or a request alone changes none. */
function fieldsOf(event: EntityEvent): UndoField[] {
  switch (event.type) {
    case 'entity.created':
      return ['exists'];
    case 'entity.title_changed':
      return ['title'];
    case 'entity.type_changed':
      return ['type'];
    case 'entity.updated':
      return [event.data.field];
    case 'entity.file_uploaded':
    case 'entity.file_deleted':
      return ['content'];
    case 'entity.tag_added':
    case 'entity.tag_removed':
      return [`tag:${event.data.tag}`];
    case 'entity.deleted':
    case 'entity.restored':
    case 'entity.purged':
      return ['trash'];
    case 'task.status_changed':
    case 'task.completed':
      return ['status'];
    case 'task.recurred': {
      const { oldRecurrence, newRecurrence } = event.data;
      return oldRecurrence === newRecurrence ? ['status', 'due'] : ['status', 'due', 'recurrence'];
    }
    case 'task.due_date_set':
      return ['due'];
    case 'task.priority_set':
      return ['priority'];
    case 'task.reminder_set':
      return ['reminder'];
    case 'event.schedule_set':
      return ['schedule'];
    case 'event.place_set':
      return ['place'];
    // Nobody can be told less than they were.
    case 'task.reminded':
    case 'ai.analysis_requested':
    case 'ai.analysis_completed':
    case 'ai.enrichment_applied':
    case 'page.fetch_requested':
    case 'page.fetched':
    case 'page.fetch_failed':
    // What its content names is no change of anything.
    case 'entity.content_read':
      return [];
    case 'ai.suggestion_made':
    case 'ai.suggestion_accepted':
    case 'ai.suggestion_declined':
    case 'ai.suggestion_reopened':
    case 'ai.suggestion_withdrawn':
      return [`suggestion:${event.data.suggestionId}`];
    default:
      return fieldsOfPlugIn(event);
  }
}

/** None of a thing's own: see `plugInUndos`. The parameter keeps the cases above complete: it takes no other event. */
function fieldsOfPlugIn(_event: { readonly type: PlugInEventName }): UndoField[] {
  return [];
}

/** What the undone made of one field: from which state to which, and whether others changed it in the midst of it. */
function changeOf(
  field: UndoField,
  steps: readonly Step[],
): { before: EntityState; after: EntityState; isMixed: boolean } | null {
  const touches = steps.filter(({ event }) => fieldsOf(event).includes(field));
  const first = touches.findIndex(({ isUndone }) => isUndone);
  const last = touches.findLastIndex(({ isUndone }) => isUndone);
  const before = touches[first]?.before ?? null;
  const after = touches[last]?.after ?? null;
  if (before === null || after === null) return null;
  return { before, after, isMixed: touches.slice(first, last).some(({ isUndone }) => !isUndone) };
}

function othersThatTouch(field: UndoField, steps: readonly Step[]): EntityEvent[] {
  return steps.filter(({ event, isUndone }) => !isUndone && fieldsOf(event).includes(field)).map(({ event }) => event);
}

function isSame(field: UndoField, left: EntityState, right: EntityState): boolean {
  switch (field) {
    case 'exists':
      return true;
    case 'title':
      return left.title === right.title;
    case 'type':
      return left.type === right.type;
    case 'content':
      return isSameFile(left.file, right.file);
    case 'trash':
      return (left.deletedAt === null) === (right.deletedAt === null);
    case 'status':
      return isSameStatus(taskOf(left), taskOf(right));
    case 'priority':
      return taskOf(left).priority === taskOf(right).priority;
    case 'due':
      return isSameDue(taskOf(left).due, taskOf(right).due);
    case 'recurrence':
      return taskOf(left).recurrence === taskOf(right).recurrence;
    case 'reminder':
      return taskOf(left).remindAt?.getTime() === taskOf(right).remindAt?.getTime();
    case 'schedule':
      return isSameSchedule(eventOf(left).schedule, eventOf(right).schedule);
    case 'place':
      return eventOf(left).place === eventOf(right).place;
    default: {
      const id = suggestionIn(field);
      if (id !== null) return decisionOn(suggestionOf(left, id)) === decisionOn(suggestionOf(right, id));
      return left.tags.includes(tagOf(field)) === right.tags.includes(tagOf(field));
    }
  }
}

function withField(state: EntityState, field: UndoField, source: EntityState): EntityState {
  const task = taskOf(state);
  const sourceTask = taskOf(source);
  switch (field) {
    case 'exists':
      return state;
    case 'title':
      return { ...state, title: source.title };
    case 'type':
      return { ...state, type: source.type };
    case 'content':
      return { ...state, file: source.file };
    case 'trash':
      return { ...state, deletedAt: source.deletedAt };
    case 'status':
      return { ...state, task: { ...task, status: sourceTask.status, completedAt: sourceTask.completedAt } };
    case 'priority':
      return { ...state, task: { ...task, priority: sourceTask.priority } };
    case 'due':
      return { ...state, task: { ...task, due: sourceTask.due } };
    case 'recurrence':
      return { ...state, task: { ...task, recurrence: sourceTask.recurrence } };
    case 'reminder':
      return { ...state, task: { ...task, remindAt: sourceTask.remindAt } };
    case 'schedule':
      return { ...state, event: { ...eventOf(state), schedule: eventOf(source).schedule } };
    case 'place':
      return { ...state, event: { ...eventOf(state), place: eventOf(source).place } };
    default: {
      const id = suggestionIn(field);
      if (id !== null) return withSuggestion(state, id, source);
      const others = state.tags.filter((tag) => tag !== tagOf(field));
      return { ...state, tags: source.tags.includes(tagOf(field)) ? [...others, tagOf(field)] : others };
    }
  }
}

function taskOf({ task }: EntityState): TaskDetails {
  return task ?? NEW_TASK;
}

function eventOf({ event }: EntityState): EventDetails {
  return event ?? NEW_EVENT;
}

function tagOf(field: string): string {
  return field.slice('tag:'.length);
}

const SUGGESTION = 'suggestion:';

function isSuggestion(field: UndoField): boolean {
  return field.startsWith(SUGGESTION);
}

function suggestionIn(field: UndoField): string | null {
  return isSuggestion(field) ? field.slice(SUGGESTION.length) : null;
}

function suggestionOf({ suggestions }: EntityState, id: string): Suggestion | null {
  return suggestions.find((suggestion) => suggestion.id === id) ?? null;
}

function withSuggestion(state: EntityState, id: string, source: EntityState): EntityState {
  const ofSource = suggestionOf(source, id);
  const others = state.suggestions.filter((suggestion) => suggestion.id !== id);
  return { ...state, suggestions: ofSource === null ? others : [...others, ofSource] };
}
