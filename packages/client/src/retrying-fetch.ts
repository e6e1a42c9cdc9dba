/*
 * Every request is repeated where that can help and cannot harm: when there is no answer, when a limit asks to wait (429),
 * and when the server or what stands before it does not work (502, 503, 504). What writes carries an idempotency key, the
 * same on each try, so that it is done once however often it is sent.
 */
import { NoAnswerError } from './problem-error.ts';

export interface RetryOptions {
  /** How often a request is sent at the most. */
  readonly attempts: number;
  /** How long is waited before the second try; twice as long before each after that, with some chance in it. */
  readonly firstDelayMs: number;
  /** A server that asks for more patience than this is not waited for. */
  readonly patienceMs: number;
}

export const DEFAULT_RETRIES: RetryOptions = { attempts: 5, firstDelayMs: 250, patienceMs: 60_000 };

/** Whether the same request may be answered otherwise in a while. */
export function isWorthRepeating(status: number): boolean {
  return [429, 502, 503, 504].includes(status);
}

const DELAY_MAX_MS = 10_000;

/**
 * Sends a request, again where that can help.
 * @param makeRequest makes it anew for each try, since a body is read once.
 * @throws {NoAnswerError} if none came.
 */
export async function fetchRetrying(
  makeRequest: () => Request,
  { fetch, retries }: { readonly fetch: typeof globalThis.fetch; readonly retries: RetryOptions },
): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const request = makeRequest();
    const isLast = attempt >= retries.attempts;
    let delayMs = backoffMs(attempt, retries);
    try {
      const response = await fetch(request);
      const asked = retryAfterMs(response);
      if (isLast || !isWorthRepeating(response.status) || (asked ?? 0) > retries.patienceMs) return response;
      delayMs = asked ?? delayMs;
      await response.body?.cancel();
    } catch (error) {
      if (request.signal.aborted) throw error;
      if (isLast) throw new NoAnswerError(attempt, { cause: error });
    }
    await wait(delayMs, request.signal);
  }
}

/** Half of it is left to chance, so that many who failed together do not come back together. */
export function backoffMs(attempt: number, { firstDelayMs }: Pick<RetryOptions, 'firstDelayMs'>): number {
  const full = Math.min(DELAY_MAX_MS, firstDelayMs * 2 ** (attempt - 1));
  return full / 2 + (Math.random() * full) / 2;
}

/** Seconds, or an instant (RFC 9110, 10.2.3). */
export function retryAfterMs({ headers }: Response): number | null {
  const said = headers.get('retry-after');
  if (said === null) return null;
  const milliseconds = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now();
  return Number.isNaN(milliseconds) ? null : Math.max(0, milliseconds);
}

/** @throws the signal's reason as soon as it is aborted. */
export function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, delayMs);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
