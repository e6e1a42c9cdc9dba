import { isRelationEvent } from '../events/stored-event.ts';
import type { CorrelationId } from '../ids.ts';
import {
  decideDeleteRelation,
  decideRestoreRelation,
  evolveRelation,
  type RelationDelta,
  type RelationState,
} from '../relation/relation.ts';
import { conflictOver, type UndoableEvent, type UndoDecision } from './undo.ts';

/**
 * What undoing a request, import or run does to one relation: it is there again, or not, as it was before. See
 * `decideUndoEntity`.
 */
export function decideUndoRelation(
  events: readonly UndoableEvent[],
  { correlationId }: { correlationId: CorrelationId },
): UndoDecision<RelationDelta> {
  let state: RelationState | null = null;
  /** Whether it was there before the first of the undone events, and after the last; `null` before there was one. */
  let wasThere: boolean | null = null;
  let wasLeft = false;
  for (const event of events) {
    if (!isRelationEvent(event) || event.type === 'relation.purged') {
      return { deltas: [], conflicts: conflictOver('exists', events.slice(-1)) };
    }
    const isUndone = event.correlationId === correlationId;
    if (isUndone) wasThere ??= isThere(state);
    state = evolveRelation(state, event);
    if (isUndone) wasLeft = isThere(state);
  }
  if (state === null || wasThere === null || isThere(state) === wasThere) return { deltas: [], conflicts: [] };
  const others = events.filter((event) => event.correlationId !== correlationId);
  return {
    deltas: wasThere ? decideRestoreRelation(state) : decideDeleteRelation(state),
    conflicts: isThere(state) === wasLeft ? [] : conflictOver('exists', others),
  };
}

function isThere(state: RelationState | null): boolean {
  return state !== null && state.deletedAt === null;
}
