import { AggregateType, CorrelationId, EntityId, EventId, FileType, type StoredEvent, UserId } from '@synap/domain';
import type { WorkflowEvent } from '@synap/workflows';
import * as z from 'zod';

/** Starts the enrichment of a capture. */
export const ENRICHMENT_REQUESTED = 'enrichment.requested';
/** Starts the indexing of an entity whose content or title has changed. */
export const INDEXING_REQUESTED = 'indexing.requested';

/** Starts the fetching of a web page. */
export const PAGE_REQUESTED = 'page.requested';

/** Starts the transcription of a recording. */
export const TRANSCRIPTION_REQUESTED = 'transcription.requested';

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

export const transcriptionRequestSchema = z.strictObject({
  userId: UserId,
  entityId: EntityId,
  eventId: EventId,
  correlationId: CorrelationId,
  checksum: z.string(),
});

/** The command of what the fetching of a page writes. */
export const PAGE_FETCH_COMMAND = 'pages.fetch';

/** The commands after which their workflow indexes the content itself, so that it need not be indexed twice. */
const INDEXED_BY_WORKFLOW = new Set(['capture.thought', 'ai.enrich', PAGE_FETCH_COMMAND]);

function isHeard(fileType: FileType): boolean {
  return fileType === FileType.audio || fileType === FileType.video;
}

/**
 * Which workflows an event of the log starts, if any. A workflow event has the log event's id: delivered twice, it runs
 * once.
 */
export function workflowEventsFor(event: StoredEvent): WorkflowEvent[] {
  if (event.aggregateType !== AggregateType.entity) return [];
  const { id, userId, correlationId, aggregateId: entityId } = event;
  const request = { userId, entityId, eventId: id, correlationId };
  switch (event.type) {
    case 'ai.analysis_requested':
      return [{ id, name: ENRICHMENT_REQUESTED, data: { ...request, ...event.data } }];
    case 'page.fetch_requested':
      return [{ id, name: PAGE_REQUESTED, data: { ...request, ...event.data } }];
    case 'entity.title_changed':
    case 'entity.file_uploaded': {
      const events: WorkflowEvent[] = [];
      if (!INDEXED_BY_WORKFLOW.has(event.metadata.command)) {
        events.push({ id, name: INDEXING_REQUESTED, data: { userId, entityId } });
      }
      if (event.type === 'entity.file_uploaded' && isHeard(event.data.fileType)) {
        const { checksum } = event.data;
        events.push({ id: `${id}:transcription`, name: TRANSCRIPTION_REQUESTED, data: { ...request, checksum } });
      }
      return events;
    }
    default:
      return [];
  }
}
