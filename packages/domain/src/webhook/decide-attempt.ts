/**
 * What becomes of a delivery, and of its webhook, after an attempt.
 *
 * A delivery is tried eight times over about a day, with growing waits, and is dead then. A webhook whose receiver fails
 * again and again is held back: nothing but a probe now and then is sent, so that an outage makes a handful of failed
 * deliveries and not one of everything that happens meanwhile, which waits in the log instead. Once every delivery has
 * failed for a week, the webhook is paused until a person has looked at it.
 */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The waits before each further attempt, in milliseconds, before they are varied. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  8 * HOUR_MS,
  8 * HOUR_MS,
];
/** Waits vary by so much to both sides, so that what failed at once is not tried again at once. */
const JITTER = 0.1;
/** After so many failures without a success between them, the receiver counts as down. */
export const FAILURES_UNTIL_HELD = 5;
/** How often a receiver that is down is tried. */
export const PROBE_INTERVAL_MS = 5 * MINUTE_MS;
/** No receiver puts off its deliveries for longer. */
const RETRY_AFTER_MAX_MS = DAY_MS;
/** So long every delivery has failed when a webhook is paused. */
export const PAUSED_AFTER_MS = 7 * DAY_MS;

/** How a receiver has fared lately. */
export interface WebhookHealth {
  /** Attempts that failed since the last success. */
  readonly consecutiveFailures: number;
  /** Since when every attempt has failed; `null` while they go well. */
  readonly failingSince: Date | null;
  /** Nothing is sent before this. */
  readonly heldUntil: Date | null;
}

/** What came of an attempt: an answer, or none. */
export interface AttemptOutcome {
  /** Of the answer; `null` where there was none. */
  readonly status: number | null;
  /** How long the receiver asked to be left alone. */
  readonly retryAfterMs: number | null;
}

export const DeliveryStatus = {
  /** It is tried, or tried again. */
  waiting: 'waiting',
  delivered: 'delivered',
  /** Every attempt failed; a person may have it tried again. */
  dead: 'dead',
  /** A person chose not to have it. */
  skipped: 'skipped',
} as const;
export type DeliveryStatus = (typeof DeliveryStatus)[keyof typeof DeliveryStatus];

export const PauseReason = {
  person: 'person',
  /** The receiver said that it is gone for good (410). */
  gone: 'gone',
  /** Every delivery failed for a week. */
  failing: 'failing',
} as const;
export type PauseReason = (typeof PauseReason)[keyof typeof PauseReason];

export interface AttemptDecision {
  readonly status: Exclude<DeliveryStatus, 'skipped'>;
  /** Attempts of this delivery that failed. */
  readonly failures: number;
  /** When it is tried again; `null` for never. */
  readonly nextAttemptAt: Date | null;
  readonly health: WebhookHealth;
  /** Why the webhook is paused now; `null` if it is not. */
  readonly pause: 'gone' | 'failing' | null;
}

/** Statuses whose `Retry-After` counts (RFC 9110, 10.2.3; RFC 6585, 4). */
const WAITING_STATUSES: ReadonlySet<number> = new Set([429, 503]);
const GONE = 410;

/** @param before.messageId varies the waits: the same delivery always waits as long. */
export function decideAttempt(
  outcome: AttemptOutcome,
  before: { messageId: string; failures: number; health: WebhookHealth; now: Date },
): AttemptDecision {
  const { messageId, health, now } = before;
  if (isSuccess(outcome)) {
    const health = { consecutiveFailures: 0, failingSince: null, heldUntil: null };
    return { status: DeliveryStatus.delivered, failures: 0, nextAttemptAt: null, health, pause: null };
  }
  const failures = before.failures + 1;
  const consecutiveFailures = health.consecutiveFailures + 1;
  const failingSince = health.failingSince ?? now;
  const askedMs = WAITING_STATUSES.has(outcome.status ?? 0)
    ? Math.min(outcome.retryAfterMs ?? 0, RETRY_AFTER_MAX_MS)
    : 0;
  const heldMs = Math.max(askedMs, consecutiveFailures >= FAILURES_UNTIL_HELD ? PROBE_INTERVAL_MS : 0);
  const delayMs = outcome.status === GONE ? null : retryDelayMs(messageId, failures);
  return {
    status: delayMs === null ? DeliveryStatus.dead : DeliveryStatus.waiting,
    failures,
    nextAttemptAt: delayMs === null ? null : after(now, Math.max(delayMs, askedMs)),
    health: { consecutiveFailures, failingSince, heldUntil: heldMs === 0 ? null : after(now, heldMs) },
    pause: pauseReason(outcome, { failingSince, now }),
  };
}

/** Whether the receiver has taken it: by any status of success, and by nothing else. */
export function isSuccess({ status }: Pick<AttemptOutcome, 'status'>): boolean {
  return status !== null && status >= 200 && status < 300;
}

/**
 * How long to wait after so many failures, in milliseconds; `null` after the last attempt.
 * @param messageId decides how the wait is varied.
 */
export function retryDelayMs(messageId: string, failures: number): number | null {
  const delayMs = RETRY_DELAYS_MS[failures - 1];
  return delayMs === undefined ? null : Math.round(delayMs * (1 + JITTER * (2 * fraction(messageId, failures) - 1)));
}

function pauseReason(
  { status }: AttemptOutcome,
  { failingSince, now }: { failingSince: Date; now: Date },
): AttemptDecision['pause'] {
  if (status === GONE) return PauseReason.gone;
  return now.getTime() - failingSince.getTime() >= PAUSED_AFTER_MS ? PauseReason.failing : null;
}

function after(instant: Date, milliseconds: number): Date {
  return new Date(instant.getTime() + milliseconds);
}

/** A number from 0 to below 1 that looks like chance (FNV-1a, 32 bits). */
function fraction(messageId: string, failures: number): number {
  let hash = 0x811c9dc5;
  for (const character of `${messageId} ${failures}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0) / 2 ** 32;
}
