import { AggregateType, CorrelationId, EntityId, EventId, type StoredEvent, UserId } from '@synap/domain';
import * as z from 'zod';

/** Starts the enrichment of a capture. */
export const ENRICHMENT_REQUESTED = 'enrichment.requested';
/** Starts the indexing of an entity whose content or title has changed. */
export const INDEXING_REQUESTED = 'indexing.requested';

/** Starts the fetching of a web page. */
export const PAGE_REQUESTED = 'page.requested';

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

export const pageRequestSchema = z.strictObject({
  userId: UserId,
  entityId: EntityId,
  eventId: EventId,
  correlationId: CorrelationId,
  url: z.string(),
  checksum: z.string(),
});

/** The command of what the fetching of a page writes. */
export const PAGE_FETCH_COMMAND = 'pages.fetch';

/** The commands after which their workflow indexes the content itself, so that it need not be indexed twice. */
const INDEXED_BY_WORKFLOW = new Set(['capture.thought', 'ai.enrich', PAGE_FETCH_COMMAND]);

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
  if (event.type === 'page.fetch_requested') {
    const { correlationId, data } = event;
    return { id, name: PAGE_REQUESTED, data: { userId, entityId, eventId: id, correlationId, ...data } };
  }
  const changesIndex = event.type === 'entity.file_uploaded' || event.type === 'entity.title_changed';
  if (!changesIndex || INDEXED_BY_WORKFLOW.has(event.metadata.command)) return null;
  return { id, name: INDEXING_REQUESTED, data: { userId, entityId } };
}
