import { loadEntity } from '@synap/database';
import { completedOccurrences, type Due, type EntityId, type UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';

/** One occurrence of a recurring task that is done, as clients see it. */
export interface OccurrenceView {
  /** When it was due; `null` if at no time. */
  due: Due | null;
  completedAt: string;
  /** The version of the task at which it went on to the next one. */
  version: number;
}

/**
 * The occurrences of a recurring task that are done, the last one first.
 * @throws {NotFound} if the user has no such entity.
 */
export async function listOccurrences(
  { database, log }: Parts,
  userId: UserId,
  id: EntityId,
): Promise<OccurrenceView[]> {
  await loadEntity(database.queries, userId, id);
  const occurrences = completedOccurrences(await log.readAggregate({ userId, aggregateId: id }));
  return occurrences
    .map(({ due, completedAt, version }) => ({ due, completedAt: completedAt.toISOString(), version }))
    .reverse();
}
