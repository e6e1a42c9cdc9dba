import type { Actor, CorrelationId, EventId, EventSource, UserId } from '@synap/domain';

/** Who wants something done, how and why: the provenance of every event that comes of it. */
export interface CommandContext {
  readonly userId: UserId;
  readonly actor: Actor;
  readonly source: EventSource;
  /** One per request, run or import. */
  readonly correlationId: CorrelationId;
  /** The event that led to this, for work that follows from the log. */
  readonly causationId?: EventId;
  /** The same key with the same request gives the first answer again. */
  readonly idempotencyKey?: string;
}
