import { readRecentChanges } from '@synap/database';
import type { Actor, CorrelationId, UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';

/** All that one request, import or run did. */
export interface ChangeView {
  correlationId: CorrelationId;
  /** What was carried out first, such as `capture.thought`. */
  command: string;
  actor: Actor;
  startedAt: string;
  endedAt: string;
  events: number;
  /** How many things it touched. */
  aggregates: number;
  /** What it undid, if it was an undo. */
  undoes: CorrelationId | null;
  /** The undo that undid it, if it was undone since. */
  undoneBy: CorrelationId | null;
}

/** What the user's requests, imports and runs did lately, the last first. */
export async function listChanges({ log }: Parts, userId: UserId, { limit }: { limit: number }): Promise<ChangeView[]> {
  const changes = await readRecentChanges(log, userId, { limit });
  const undoneBy = new Map(changes.map(({ correlationId, undoes }) => [undoes, correlationId]));
  return changes.map(({ startedAt, endedAt, ...change }) => ({
    ...change,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    undoneBy: undoneBy.get(change.correlationId) ?? null,
  }));
}
