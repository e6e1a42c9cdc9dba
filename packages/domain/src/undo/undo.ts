import type { Actor, ReadEvent } from '../events/stored-event.ts';
import type { CorrelationId } from '../ids.ts';

/** An event of a stream, with what it was part of. */
export type UndoableEvent = ReadEvent & { readonly correlationId: CorrelationId };

/** What can be undone for itself; each tag, the decision on each suggestion, and the
 * colour of each tag is a field of its own. */
export type UndoField =
  | 'exists'
  | 'title'
  | 'type'
  | 'content'
  | 'status'
  | 'priority'
  | 'due'
  | 'recurrence'
  | 'reminder'
  | 'schedule'
  | 'place'
  | 'trash'
  | `tag:${string}`
  | `suggestion:${string}`
  | `colour:${string}`;

/** A field that an undo would take back, but that somebody has changed since. */
export interface UndoConflict {
  readonly aggregateId: string;
  readonly field: UndoField;
  /** The event that changed it last. */
  readonly changedByVersion: number;
  readonly changedBy: Actor;
}

/** What an undo does to one stream, and what speaks against it. */
export interface UndoDecision<Delta> {
  /** All that would have to happen, for the fields in conflict, too. */
  readonly deltas: Delta[];
  readonly conflicts: UndoConflict[];
}

/** The last event of others, after `since`, that touches a field; as the conflict that it is. */
export function conflictOver(
  field: UndoField,
  others: readonly (ReadEvent & { readonly version: number })[],
): UndoConflict[] {
  const last = others.at(-1);
  if (last === undefined) return [];
  const { aggregateId, version, metadata } = last;
  return [{ aggregateId, field, changedByVersion: version, changedBy: metadata.actor }];
}
