import { isEntityEvent, type ReadEvent } from '../events/stored-event.ts';
import type { Due } from '../vocabulary.ts';
import { isSameDue } from './task-deltas.ts';

/** One occurrence of a recurring task that is done. */
export interface CompletedOccurrence {
  /** When it was due; `null` if at no time. */
  readonly due: Due | null;
  readonly completedAt: Date;
  /** The version of the task at which it went on to the next one. */
  readonly version: number;
}

type Passed = CompletedOccurrence & { readonly next: Due };

/**
 * The occurrences of a task that are done, in the order in which they were completed. An undone completion is none, and
 * one whose undoing was undone is one again.
 * @param events the task's whole stream, in version order.
 */
export function completedOccurrences(events: Iterable<ReadEvent>): CompletedOccurrence[] {
  const done: Passed[] = [];
  const undone: Passed[] = [];
  let completedAt: Date | null = null;
  for (const event of events) {
    if (!isEntityEvent(event)) continue;
    if (event.type === 'task.completed') completedAt = new Date(event.data.completedAt);
    if (event.type === 'task.recurred') {
      const { oldDue: due, newDue: next } = event.data;
      done.push({ due, next, completedAt: completedAt ?? event.timestamp, version: event.version });
      undone.length = 0;
    }
    if (event.type === 'task.due_date_set' && event.metadata.undoes !== undefined) {
      const { oldValue: from, newValue: to } = event.data;
      moveLast(done, undone, ({ due, next }) => isSameDue(due, to) && isSameDue(next, from)) ||
        moveLast(undone, done, ({ due, next }) => isSameDue(due, from) && isSameDue(next, to));
    }
  }
  return done.map(({ due, completedAt: at, version }) => ({ due, completedAt: at, version }));
}

function moveLast(from: Passed[], to: Passed[], isMeant: (last: Passed) => boolean): boolean {
  const last = from.at(-1);
  if (last === undefined || !isMeant(last)) return false;
  from.pop();
  to.push(last);
  return true;
}
