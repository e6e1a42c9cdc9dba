import * as z from 'zod';
import { CorrelationId, type EventId, type UserId } from '../ids.ts';
import type { AggregateType, EventSource } from '../vocabulary.ts';
import { type EventDelta, type EventName, type EventNameOf, eventCatalogue, type ReadDelta } from './catalogue.ts';
import type { ErasedDelta } from './erased-event.ts';

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
  /** Set by an undo: what it undoes. */
  undoes: CorrelationId.optional(),
  /** Set when a model decided, or suggested what the actor accepted: which one, on which content, how sure. */
  ai: z
    .strictObject({
      model: z.string(),
      inputChecksum: z.string(),
      confidence: z.number().min(0).max(1).optional(),
      /** The model only suggested it: the actor decided. */
      isAccepted: z.literal(true).optional(),
    })
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

/** An event as the log holds it; what was erased of it is not known any more. */
export type StoredEvent<Name extends EventName = EventName> = EventHeader & ReadDelta<Name>;

/** What folding needs of an event's header; the position is the log's own business. */
type FoldedHeader = Pick<EventHeader, 'aggregateId' | 'userId' | 'version' | 'timestamp' | 'metadata'>;

/** An event as `evolve` takes it. */
export type FoldedEvent<Name extends EventName = EventName> = FoldedHeader & EventDelta<Name>;

/** An event of a stream as it is read. */
export type ReadEvent<Name extends EventName = EventName> = FoldedHeader & (EventDelta<Name> | ErasedDelta);

export type EntityEvent = FoldedEvent<EventNameOf<'entity'>>;
export type RelationEvent = FoldedEvent<EventNameOf<'relation'>>;
export type UserEvent = FoldedEvent<EventNameOf<'user'>>;

/** Whether an event is one that an entity's stream may hold. */
export function isEntityEvent(event: ReadEvent): event is EntityEvent {
  return event.type !== 'event.erased' && eventCatalogue[event.type].aggregateType === 'entity';
}

/** Whether an event is one that a relation's stream may hold. */
export function isRelationEvent(event: ReadEvent): event is RelationEvent {
  return event.type !== 'event.erased' && eventCatalogue[event.type].aggregateType === 'relation';
}

/** Whether an event is one that a user's own stream may hold. */
export function isUserEvent<Event extends ReadEvent>(event: Event): event is Event & UserEvent {
  return event.type !== 'event.erased' && eventCatalogue[event.type].aggregateType === 'user';
}
