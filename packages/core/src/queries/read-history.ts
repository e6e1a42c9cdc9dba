import { loadEntity } from '@synap/database';
import { type Actor, describeEvent, type EntityId, type StoredEvent, type UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';

/** One event as clients see it. */
export interface EventView {
  id: string;
  /** Order over the whole log; opaque, only good as `after`. */
  position: string;
  type: StoredEvent['type'];
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
  data: StoredEvent['data'];
  ai: StoredEvent['metadata']['ai'] | null;
  /** Where the content of this revision is read, relative to the server; of events that stored content. */
  contentUrl: string | null;
}

/**
 * All that ever happened to an entity, oldest first.
 * @throws {NotFound} if the user has no such entity.
 */
export async function readHistory({ database, log }: Parts, userId: UserId, id: EntityId): Promise<EventView[]> {
  await loadEntity(database.queries, userId, id);
  const events = await log.readAggregate({ userId, aggregateId: id });
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
    contentUrl:
      event.type === 'entity.file_uploaded'
        ? `/api/v1/entities/${event.aggregateId}/content?version=${event.version}`
        : null,
  };
}
