import { Unprocessable } from '../errors.ts';
import type { SuggestedValue } from '../events/ai-events.ts';
import type { EntityId, SuggestionId } from '../ids.ts';
import { EntityType } from '../vocabulary.ts';
import {
  decideAddTag,
  decideChangeTask,
  decideChangeTitle,
  decideChangeType,
  type EntityDelta,
  refuseDeleted,
} from './decide.ts';
import { decideChangeEvent } from './decide-event.ts';
import type { EntityState } from './entity-state.ts';
import { startingAt } from './event-deltas.ts';
import { decisionOn, type Suggestion, SuggestionStatus } from './suggestion.ts';

/** What accepting leads to: events of the entity, and where a link was suggested, its other end. */
export interface Acceptance {
  readonly suggestion: Suggestion;
  readonly deltas: EntityDelta[];
  readonly linkTo: EntityId | null;
}

/**
 * Takes a suggestion over, as a person's own change. Twice is once.
 * @returns `null` if the entity never had that suggestion.
 * @throws {Unprocessable} if it is not open any more, the entity is in the trash, or is no task and no event and would be due.
 */
export function decideAcceptSuggestion(
  state: EntityState,
  id: SuggestionId,
  { now }: { now: Date },
): Acceptance | null {
  const suggestion = findSuggestion(state, id);
  if (suggestion === null) return null;
  refuseDeleted(state);
  if (suggestion.status === SuggestionStatus.accepted) return { suggestion, deltas: [], linkTo: null };
  if (suggestion.status !== SuggestionStatus.open) throw notOpen(suggestion);
  const { suggested } = suggestion;
  return {
    suggestion,
    deltas: [
      { type: 'ai.suggestion_accepted', data: { suggestionId: id, suggested } },
      ...takeOver(state, suggested, now),
    ],
    linkTo: suggested.field === 'links' ? suggested.value.targetId : null,
  };
}

/** What is suggested completes nothing. */
const NEVER = () => null;

function takeOver(state: EntityState, { field, value }: SuggestedValue, now: Date): EntityDelta[] {
  switch (field) {
    case 'type':
      return decideChangeType(state, value);
    case 'title':
      return decideChangeTitle(state, value);
    case 'due':
      if (state.type === EntityType.event) return decideChangeEvent(state, { schedule: startingAt(value) });
      return decideChangeTask(state, { due: value }, { now, nextOccurrence: NEVER });
    case 'recurrence':
      return decideChangeTask(state, { recurrence: value }, { now, nextOccurrence: NEVER });
    case 'tags':
      return decideAddTag(state, value);
    case 'links':
      return [];
  }
}

/**
 * Refuses a suggestion for good. Twice is once.
 * @returns `null` if the entity never had that suggestion.
 * @throws {Unprocessable} if it was accepted or withdrawn, or the entity is in the trash.
 */
export function decideDeclineSuggestion(
  state: EntityState,
  id: SuggestionId,
): { suggestion: Suggestion; deltas: EntityDelta[] } | null {
  const suggestion = findSuggestion(state, id);
  if (suggestion === null) return null;
  refuseDeleted(state);
  if (suggestion.status === SuggestionStatus.declined) return { suggestion, deltas: [] };
  const isOver = suggestion.status === SuggestionStatus.accepted || suggestion.status === SuggestionStatus.withdrawn;
  if (isOver) throw notOpen(suggestion);
  const { suggested } = suggestion;
  return { suggestion, deltas: [{ type: 'ai.suggestion_declined', data: { suggestionId: id, suggested } }] };
}

function findSuggestion({ suggestions }: EntityState, id: SuggestionId): Suggestion | null {
  return suggestions.find((suggestion) => suggestion.id === id) ?? null;
}

function notOpen({ status }: Suggestion): Unprocessable {
  return new Unprocessable(
    status === SuggestionStatus.superseded
      ? 'This suggestion is out of date: the content or the field has changed since.'
      : `This suggestion was ${status}. Undo that to decide on it again.`,
  );
}

/**
 * What takes a suggestion from what has become of it to what it was; what made it superseded is no decision on it, so
 * that it counts as open.
 * @param target `null` if it was not there.
 */
export function statusDeltas(present: Suggestion, target: Suggestion | null): EntityDelta[] {
  const [is, mustBe] = [decisionOn(present), decisionOn(target)];
  if (is === mustBe) return [];
  const data = { suggestionId: present.id, suggested: present.suggested };
  switch (mustBe) {
    case 'accepted':
      return [{ type: 'ai.suggestion_accepted', data }];
    case 'declined':
      return [{ type: 'ai.suggestion_declined', data }];
    case 'withdrawn':
      return [{ type: 'ai.suggestion_withdrawn', data }];
    case 'open':
      return [{ type: 'ai.suggestion_reopened', data }];
  }
}
