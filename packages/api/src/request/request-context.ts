import type { CommandContext, Parts } from '@synap/core';
import type { CorrelationId, EventSource } from '@synap/domain';
import type { Session } from './session.ts';

/** What every procedure knows of the request that it serves. */
export interface RequestContext {
  readonly parts: Parts;
  readonly session: Session | null;
  readonly correlationId: CorrelationId;
  readonly idempotencyKey: string | undefined;
  /** Where the person is, if the request does not say. */
  readonly defaultTimezone: string;
  /** The scheme and host by which this server was reached. */
  readonly origin: string;
}

/** The provenance of what a signed-in request writes. */
export function commandContext(
  { correlationId, idempotencyKey }: RequestContext,
  { userId, actor }: Session,
  source: EventSource = 'api',
): CommandContext {
  return {
    userId,
    actor,
    source,
    correlationId,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey: `request:${idempotencyKey}` }),
  };
}
