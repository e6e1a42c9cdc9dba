import type { CommandContext, Parts } from '@synap/core';
import { type CorrelationId, type EventSource, Forbidden, Unauthenticated } from '@synap/domain';
import type { Scope, Session } from './session.ts';

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

/**
 * The session, if it may do this.
 * @throws {Unauthenticated | Forbidden}
 */
export function requireScope({ session }: RequestContext, scope: Scope): Session {
  if (session === null) {
    throw new Unauthenticated('Sign in, or send an API key as “Authorization: Bearer synap_…”.');
  }
  if (!session.scopes.includes(scope)) {
    throw new Forbidden(`This key may not ${scope}. Use one with the scope “${scope}”.`);
  }
  return session;
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
