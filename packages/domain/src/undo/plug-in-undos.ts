import type { EntityDelta } from '../entity/decide.ts';
import type { CorrelationId } from '../ids.ts';
import type { UndoableEvent } from './undo.ts';

/**
 * What undoing a request does to what a kind folds for itself: the events that take back those of the request.
 * @param events the whole stream of a thing, in version order.
 * @returns nothing where all is as it was before, so that undoing twice is undoing once.
 */
export type PlugInUndo = (
  events: readonly UndoableEvent[],
  undone: { readonly correlationId: CorrelationId },
) => EntityDelta[];

/** Of the kinds that were added to Synap; docs/extending.md shows one. */
export const plugInUndos: readonly PlugInUndo[] = [];
