import { loadEntity, readAggregate } from '@synap/database';
import {
  type Actor,
  describeEvent,
  type EntityId,
  type EventData,
  type EventName,
  type StoredEvent,
  type UserId,
} from '@synap/domain';
import type { Parts } from '../parts.ts';

/** One event as clients see it. */
export interface EventView {
  id: string;
  /** Order over the whole log; opaque, only good as `after`. */
  position: string;
  type: EventName;
  aggregateId: string;
  aggregateType: string;
  version: number;
  timestamp: string;
  actor: Actor;
  command: string;
  source: string;
  correlationId: string;
  causationId: string | null;
  /** What it did, as a sentence. */
  description: string;
  data: EventData<EventName>;
  ai: StoredEvent['metadata']['ai'] | null;
}

/**
 * All that ever happened to an entity, oldest first.
 * @throws {NotFound} if the user has no such entity.
 */
export async function readHistory({ database }: Parts, userId: UserId, id: EntityId): Promise<EventView[]> {
  await loadEntity(database.queries, userId, id);
  const events = await readAggregate(database.queries, { userId, aggregateId: id });
  return events.map(viewEvent);
}

/** A stored event as clients see it. */
export function viewEvent(event: StoredEvent): EventView {
  return {
    id: event.id,
    position: String(event.position),
    type: event.type,
    aggregateId: event.aggregateId,
    aggregateType: event.aggregateType,
    version: event.version,
    timestamp: event.timestamp.toISOString(),
    actor: event.metadata.actor,
    command: event.metadata.command,
    source: event.source,
    correlationId: event.correlationId,
    causationId: event.causationId,
    description: describeEvent(event),
    data: event.data,
    ai: event.metadata.ai ?? null,
  };
}
