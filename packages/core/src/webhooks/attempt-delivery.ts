import type { schema, Webhook } from '@synap/database';
import { type AttemptOutcome, SynapError } from '@synap/domain';
import type { PostAnswer } from '@synap/outbound';
import type { Parts } from '../parts.ts';
import { type Message, signedHeaders } from './message.ts';
import { openSecrets } from './signing-secrets.ts';

type KeptAttempt = (typeof schema.webhookDeliveries.$inferSelect)['attempts'][number];

/** One attempt, and what came of it. */
export interface Attempt {
  readonly outcome: AttemptOutcome;
  readonly kept: KeptAttempt;
}

/** Long enough for a receiver that keeps the message before it answers. */
const TIMEOUT_MS = 15_000;
const ANSWER_MAX_BYTES = 2_000;
const ANSWER_MAX_LENGTH = 500;

/**
 * Sends a message once. That there is no answer, or that nothing may be sent there, is an outcome like any other.
 * @throws the signal's reason, with nothing known of what came of it.
 */
export async function attemptDelivery(
  { clock, webhooks: { poster, secrets } }: Parts,
  webhook: Webhook,
  message: Message,
  { isReplay, signal }: { isReplay: boolean; signal: AbortSignal },
): Promise<Attempt> {
  const now = clock.now();
  const startedAt = performance.now();
  const ended = (outcome: AttemptOutcome, said: { answer: string; error: string | null }): Attempt => ({
    outcome,
    kept: {
      at: now.toISOString(),
      durationMs: Math.round(performance.now() - startedAt),
      status: outcome.status,
      ...said,
      isReplay,
    },
  });
  try {
    const answer = await poster.post(webhook.url, {
      headers: signedHeaders(message, { secrets: openSecrets(secrets, webhook, { now }), now }),
      body: message.body,
      timeoutMs: TIMEOUT_MS,
      answerMaxBytes: ANSWER_MAX_BYTES,
      signal,
    });
    const outcome = { status: answer.status, retryAfterMs: retryAfterMs(answer, { now }) };
    return ended(outcome, { answer: asText(answer.start), error: null });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SynapError)) throw error;
    return ended({ status: null, retryAfterMs: null }, { answer: '', error: error.message });
  }
}

/** Seconds, or a date (RFC 9110, 10.2.3); what is neither says nothing. */
function retryAfterMs({ headers }: PostAnswer, { now }: { now: Date }): number | null {
  const text = String(headers['retry-after'] ?? '').trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now.getTime());
}

/** What is no text reads badly, and does no harm. */
function asText(bytes: Uint8Array): string {
  return new TextDecoder()
    .decode(bytes)
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, ANSWER_MAX_LENGTH)
    .toWellFormed()
    .trim();
}
