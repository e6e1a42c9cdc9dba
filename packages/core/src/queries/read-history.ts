import { loadEntity } from '@synap/database';
import {
  type Actor,
  type AggregateType,
  type CorrelationId,
  describeEvent,
  type EntityId,
  type EventId,
  type EventMetadata,
  type EventSource,
  type ReadDelta,
  type StoredEvent,
  type UserId,
} from '@synap/domain';
import type { Parts } from '../parts.ts';

/** What is known of an event beside what it says. */
interface EventViewHeader {
  id: EventId;
  /** Order over the whole log; opaque, only good as `after`. */
  position: string;
  aggregateId: string;
  aggregateType: AggregateType;
  version: number;
  timestamp: string;
  actor: Actor;
  command: string;
  source: EventSource;
  correlationId: CorrelationId;
  causationId: EventId | null;
  /** What it did, as a sentence. */
  description: string;
  ai: NonNullable<EventMetadata['ai']> | null;
  /** Where the content of this revision is read, relative to the server; of events that stored content. */
  contentUrl: string | null;
}

/** An event as clients see it: its `type` says what its `data` is. */
export type EventView = EventViewHeader & ReadDelta;

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
  const { id, position, aggregateId, aggregateType, version, timestamp, metadata, ...rest } = event;
  const { userId: _userId, schemaVersion: _schemaVersion, source, correlationId, causationId, ...delta } = rest;
  return {
    id,
    position: String(position),
    aggregateId,
    aggregateType,
    version,
    timestamp: timestamp.toISOString(),
    actor: metadata.actor,
    command: metadata.command,
    source,
    correlationId,
    causationId,
    description: describeEvent(event),
    ai: metadata.ai ?? null,
    contentUrl:
      event.type === 'entity.file_uploaded' ? `/api/v1/entities/${aggregateId}/content?version=${version}` : null,
    ...delta,
  };
}
