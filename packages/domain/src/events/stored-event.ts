import * as z from 'zod';
import type { CorrelationId, EventId, UserId } from '../ids.ts';
import type { AggregateType, EventSource } from '../vocabulary.ts';
import type { EventDelta, EventName, EventNameOf } from './catalogue.ts';

/** Who acted: a person's session or key, an agent, a workflow, or Synap itself. */
export const actorSchema = z.strictObject({
  kind: z.enum(['user', 'api_key', 'agent', 'workflow', 'system']),
  id: z.string().min(1).max(200),
});
export type Actor = z.infer<typeof actorSchema>;

/** Who and with what: provenance that every event carries beside its delta. */
export const eventMetadataSchema = z.strictObject({
  actor: actorSchema,
  /** The command that was carried out, such as `capture.thought`. */
  command: z.string().min(1).max(100),
  /** Set when a model decided: which one, on which content, how sure. */
  ai: z
    .strictObject({ model: z.string(), inputChecksum: z.string(), confidence: z.number().min(0).max(1).optional() })
    .optional(),
});
export type EventMetadata = z.infer<typeof eventMetadataSchema>;

/** What the log knows of an event beside its delta. */
export interface EventHeader {
  readonly id: EventId;
  /** Order over the whole log; gaps are harmless. */
  readonly position: bigint;
  readonly aggregateId: string;
  readonly aggregateType: AggregateType;
  readonly userId: UserId;
  /** Order within the aggregate, from 1 without a gap. */
  readonly version: number;
  readonly timestamp: Date;
  readonly metadata: EventMetadata;
  readonly causationId: EventId | null;
  readonly correlationId: CorrelationId;
  readonly source: EventSource;
  readonly schemaVersion: number;
}

/** An event as the log holds it. */
export type StoredEvent<Name extends EventName = EventName> = EventHeader & EventDelta<Name>;

/** What folding needs of an event's header; the position is the log's own business. */
type FoldedHeader = Pick<EventHeader, 'aggregateId' | 'userId' | 'version' | 'timestamp' | 'metadata'>;

/** An event as `evolve` takes it. */
export type FoldedEvent<Name extends EventName = EventName> = FoldedHeader & EventDelta<Name>;

export type EntityEvent = FoldedEvent<EventNameOf<'entity'>>;
export type RelationEvent = FoldedEvent<EventNameOf<'relation'>>;
