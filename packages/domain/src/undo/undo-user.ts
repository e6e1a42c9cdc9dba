import { isUserEvent, type UserEvent } from '../events/stored-event.ts';
import type { CorrelationId } from '../ids.ts';
import { decideColourTag, foldUser, type UserDelta } from '../user/user-state.ts';
import { conflictOver, type UndoableEvent, type UndoConflict, type UndoDecision } from './undo.ts';

/**
 * What undoing a request does to what a user has set: each tag that it coloured has the colour from before. See
 * `decideUndoEntity`.
 */
export function decideUndoUser(
  events: readonly UndoableEvent[],
  { correlationId }: { correlationId: CorrelationId },
): UndoDecision<UserDelta> {
  const present = foldUser(events);
  const deltas: UserDelta[] = [];
  const conflicts: UndoConflict[] = [];
  const coloured = events.filter(isUserEvent);
  for (const tag of new Set(coloured.filter(isPartOf(correlationId)).map(({ data }) => data.tag))) {
    const touches = coloured.filter(({ data }) => data.tag === tag);
    const first = touches.findIndex(isPartOf(correlationId));
    const last = touches.findLastIndex(isPartOf(correlationId));
    const before = touches[first]?.data.oldValue ?? null;
    const after = touches[last]?.data.newValue ?? null;
    const changes = decideColourTag(present, { tag, colour: before });
    deltas.push(...changes);
    const others = touches.filter((event) => !isPartOf(correlationId)(event));
    const isMixed = touches.slice(first, last).some((event) => others.includes(event));
    const isLeft = (present?.tagColours[tag] ?? null) === after;
    if (changes.length > 0 && (isMixed || !isLeft)) conflicts.push(...conflictOver(`colour:${tag}`, others));
  }
  return { deltas, conflicts };
}

type Correlated = UserEvent & Pick<UndoableEvent, 'correlationId'>;

function isPartOf(correlationId: CorrelationId): (event: Correlated) => boolean {
  return (event) => event.correlationId === correlationId;
}
