import type { SuggestedValue, SuggestionReason } from '../events/ai-events.ts';
import type { EntityEvent } from '../events/stored-event.ts';
import type { SuggestionId } from '../ids.ts';
import { allTags } from './content-names.ts';
import type { EntityState } from './entity-state.ts';
import { startOf } from './event-deltas.ts';
import { isSameDue } from './task-deltas.ts';

/** What has become of a suggestion. */
export const SuggestionStatus = {
  open: 'open',
  accepted: 'accepted',
  declined: 'declined',
  /** There is nothing to decide any more: the content is another, or the field was set otherwise. */
  superseded: 'superseded',
  withdrawn: 'withdrawn',
} as const;
export type SuggestionStatus = (typeof SuggestionStatus)[keyof typeof SuggestionStatus];

/** A value for one field of an entity that an analysis proposes, and a person decides on. */
export interface Suggestion {
  readonly id: SuggestionId;
  readonly suggested: SuggestedValue;
  readonly confidence: number;
  readonly model: string;
  /** Of the content that it was made of. */
  readonly checksum: string;
  readonly because: SuggestionReason;
  readonly status: SuggestionStatus;
  readonly madeAt: Date;
}

/**
 * What an event means for an entity's suggestions. Beside what is decided on them, an open one is superseded by other
 * content, by whatever else its field is set to, and by a newer one for the same field.
 */
export function evolveSuggestions(state: EntityState, event: EntityEvent): readonly Suggestion[] {
  const { suggestions } = state;
  switch (event.type) {
    case 'ai.suggestion_made': {
      const { suggestionId: id, ...made } = event.data;
      const suggestion: Suggestion = { id, ...made, status: SuggestionStatus.open, madeAt: event.timestamp };
      return [...superseded(suggestions, competingWith(made.suggested)), suggestion].sort(byId);
    }
    case 'ai.suggestion_accepted':
      return withStatus(suggestions, event.data.suggestionId, SuggestionStatus.accepted);
    case 'ai.suggestion_declined':
      return withStatus(suggestions, event.data.suggestionId, SuggestionStatus.declined);
    case 'ai.suggestion_withdrawn':
      return withStatus(suggestions, event.data.suggestionId, SuggestionStatus.withdrawn);
    case 'ai.suggestion_reopened':
      return reopened(state, event.data.suggestionId);
    case 'entity.file_deleted':
      return superseded(suggestions, () => true);
    case 'entity.file_uploaded':
      return event.data.checksum === state.file?.checksum ? suggestions : superseded(suggestions, () => true);
    case 'entity.content_read':
      return superseded(suggestions, ({ field, value }) => field === 'tags' && event.data.names.tags.includes(value));
    case 'entity.title_changed':
      return superseded(suggestions, ({ field }) => field === 'title');
    case 'entity.type_changed':
      return superseded(suggestions, ({ field }) => field === 'type');
    case 'entity.updated':
      return superseded(suggestions, ({ field }) => field === event.data.field);
    case 'event.schedule_set':
    case 'task.recurred':
    case 'task.due_date_set':
      return superseded(suggestions, ({ field }) => field === 'due');
    case 'entity.tag_added':
      return superseded(suggestions, ({ field, value }) => field === 'tags' && value === event.data.tag);
    default:
      return suggestions;
  }
}

/** Not by time: two servers may have clocks that differ. */
function byId(left: Suggestion, right: Suggestion): number {
  return left.id < right.id ? -1 : 1;
}

/** What cannot be decided on beside this: another value of the same field, and of tags and links the same one. */
function competingWith(suggested: SuggestedValue): (other: SuggestedValue) => boolean {
  const isOneOfMany = suggested.field === 'tags' || suggested.field === 'links';
  return (other) => (isOneOfMany ? isSameSuggested(other, suggested) : other.field === suggested.field);
}

/** To be decided again, unless the content or the field has changed since. */
function reopened(state: EntityState, id: SuggestionId): readonly Suggestion[] {
  const suggestion = state.suggestions.find((each) => each.id === id);
  if (suggestion === undefined) return state.suggestions;
  const { suggested, checksum } = suggestion;
  if (checksum !== state.file?.checksum || holds(state, suggested)) {
    return withStatus(state.suggestions, id, SuggestionStatus.superseded);
  }
  return withStatus(superseded(state.suggestions, competingWith(suggested)), id, SuggestionStatus.open);
}

/** Whether the entity is as it is suggested; of a link it does not know. */
function holds(state: EntityState, suggested: SuggestedValue): boolean {
  const { type, title, task, event } = state;
  switch (suggested.field) {
    case 'type':
      return suggested.value === type;
    case 'title':
      return suggested.value === title;
    case 'due':
      return isSameDue(
        suggested.value,
        type === 'event' && event?.schedule != null ? startOf(event.schedule) : (task?.due ?? null),
      );
    case 'recurrence':
      return suggested.value === task?.recurrence;
    case 'tags':
      return allTags(state).includes(suggested.value);
    case 'links':
      return false;
  }
}

function superseded(
  suggestions: readonly Suggestion[],
  isMeant: (suggested: SuggestedValue) => boolean,
): readonly Suggestion[] {
  return suggestions.map((suggestion) =>
    suggestion.status === SuggestionStatus.open && isMeant(suggestion.suggested)
      ? { ...suggestion, status: SuggestionStatus.superseded }
      : suggestion,
  );
}

function withStatus(
  suggestions: readonly Suggestion[],
  id: SuggestionId,
  status: SuggestionStatus,
): readonly Suggestion[] {
  return suggestions.map((suggestion) => (suggestion.id === id ? { ...suggestion, status } : suggestion));
}

/** Whether both propose the same value of the same field. */
export function isSameSuggested(left: SuggestedValue, right: SuggestedValue): boolean {
  return keyOf(left) === keyOf(right);
}

function keyOf({ field, value }: SuggestedValue): string {
  if (field === 'due') return `due ${value.date} ${value.time} ${value.timezone}`;
  return field === 'links' ? `links ${value.targetId}` : `${field} ${value}`;
}

/** What was decided on it; nothing yet counts as open, and never made as withdrawn. */
export function decisionOn(suggestion: Suggestion | null): 'open' | 'accepted' | 'declined' | 'withdrawn' {
  if (suggestion === null) return SuggestionStatus.withdrawn;
  return suggestion.status === SuggestionStatus.superseded ? SuggestionStatus.open : suggestion.status;
}
