import type { EventFilter } from '@synap/database';
import type { UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';
import { type EventView, viewEvent } from './read-history.ts';

/** The user's events after a position, in order: ask again with `nextAfter` for what comes later. */
export async function listEvents(
  { log }: Parts,
  userId: UserId,
  { after, limit, filter }: { after: bigint; limit: number; filter: Omit<EventFilter, 'userId'> },
): Promise<{ items: EventView[]; nextAfter: string }> {
  const { events, upTo } = await log.readAll({ after, limit, filter: { ...filter, userId } });
  return { items: events.map(viewEvent), nextAfter: String(upTo) };
}
