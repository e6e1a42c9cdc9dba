import { AggregateType, CorrelationId, EntityId, EventId, type StoredEvent, UserId } from '@synap/domain';
import * as z from 'zod';

/** Starts the enrichment of a capture. */
export const ENRICHMENT_REQUESTED = 'enrichment.requested';
/** Starts the indexing of an entity whose content or title has changed. */
export const INDEXING_REQUESTED = 'indexing.requested';

export const indexingRequestSchema = z.strictObject({ userId: UserId, entityId: EntityId });

export const enrichmentRequestSchema = z.strictObject({
  userId: UserId,
  entityId: EntityId,
  /** The event that asked for it, and what it was part of. */
  eventId: EventId,
  correlationId: CorrelationId,
  checksum: z.string(),
  now: z.iso.datetime(),
  timezone: z.string(),
});

/** The commands after which enrichment indexes the content, so that it need not be indexed twice. */
const INDEXED_BY_ENRICHMENT = new Set(['capture.thought', 'ai.enrich']);

/**
 * Which workflow an event of the log starts, if any. The workflow event has the log event's id: delivered twice, it
 * runs once.
 */
export function workflowEventFor(event: StoredEvent) {
  if (event.aggregateType !== AggregateType.entity) return null;
  const { id, userId, aggregateId: entityId } = event;
  if (event.type === 'ai.analysis_requested') {
    const { correlationId, data } = event;
    return { id, name: ENRICHMENT_REQUESTED, data: { userId, entityId, eventId: id, correlationId, ...data } };
  }
  const changesIndex = event.type === 'entity.file_uploaded' || event.type === 'entity.title_changed';
  if (!changesIndex || INDEXED_BY_ENRICHMENT.has(event.metadata.command)) return null;
  return { id, name: INDEXING_REQUESTED, data: { userId, entityId } };
}
