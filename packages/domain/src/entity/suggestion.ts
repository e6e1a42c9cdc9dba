import type { SuggestedValue, SuggestionReason } from '../events/ai-events.ts';
import type { EntityEvent } from '../events/stored-event.ts';
import type { SuggestionId } from '../ids.ts';
import type { EntityState } from './entity-state.ts';

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
      const others = isOneOfMany(made.suggested)
        ? suggestions
        : superseded(suggestions, { field: made.suggested.field });
      const suggestion: Suggestion = { id, ...made, status: SuggestionStatus.open, madeAt: event.timestamp };
      return [...others, suggestion].sort(byId);
    }
    case 'ai.suggestion_accepted':
      return withStatus(suggestions, event.data.suggestionId, SuggestionStatus.accepted);
    case 'ai.suggestion_declined':
      return withStatus(suggestions, event.data.suggestionId, SuggestionStatus.declined);
    case 'ai.suggestion_withdrawn':
      return withStatus(suggestions, event.data.suggestionId, SuggestionStatus.withdrawn);
    case 'ai.suggestion_reopened': {
      const ofContent = suggestions.find(({ id }) => id === event.data.suggestionId)?.checksum;
      const isCurrent = ofContent === state.file?.checksum;
      const status = isCurrent ? SuggestionStatus.open : SuggestionStatus.superseded;
      return withStatus(suggestions, event.data.suggestionId, status);
    }
    case 'entity.file_uploaded':
      return event.data.checksum === state.file?.checksum ? suggestions : superseded(suggestions, {});
    case 'entity.title_changed':
      return superseded(suggestions, { field: 'title' });
    case 'entity.type_changed':
      return superseded(suggestions, { field: 'type' });
    case 'entity.updated':
      return superseded(suggestions, { field: event.data.field });
    case 'task.due_date_set':
      return superseded(suggestions, { field: 'due' });
    case 'entity.tag_added':
      return superseded(suggestions, { field: 'tags', value: event.data.tag });
    default:
      return suggestions;
  }
}

/** Not by time: two servers may have clocks that differ. */
function byId(left: Suggestion, right: Suggestion): number {
  return left.id < right.id ? -1 : 1;
}

/** Whether the field holds several values, each a suggestion of its own. */
function isOneOfMany({ field }: SuggestedValue): boolean {
  return field === 'tags' || field === 'links';
}

function superseded(
  suggestions: readonly Suggestion[],
  which: { field?: SuggestedValue['field']; value?: string },
): readonly Suggestion[] {
  const isMeant = ({ status, suggested }: Suggestion): boolean =>
    status === SuggestionStatus.open &&
    (which.field === undefined || suggested.field === which.field) &&
    (which.value === undefined || suggested.value === which.value);
  if (!suggestions.some(isMeant)) return suggestions;
  return suggestions.map((suggestion) =>
    isMeant(suggestion) ? { ...suggestion, status: SuggestionStatus.superseded } : suggestion,
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
