/**
 * Keeps the calls of one provider to what it bears: so many at once, so many requests a minute, and none before the time
 * that it named when it had enough (429 or 503 with `Retry-After`). Who waits for an answer comes before what is done in
 * the background. The time that a call may take begins when it is its turn.
 */
import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';

export interface ProviderThrottleOptions {
  /** Calls at once. */
  readonly concurrency?: number;
  /** Requests a minute, evenly; repeated ones too. As many as come if left out. */
  readonly requestsPerMinute?: number;
}

export interface ProviderThrottle {
  /** Waits for a turn, and gives what ends it. @throws the signal's reason if it aborts before. */
  acquire(options: ThrottledCall): Promise<() => void>;
  /** Calls when it is its turn. @throws as `acquire`, and what the call throws. */
  run<Result>(call: () => Promise<Result>, options: ThrottledCall): Promise<Result>;
  /** As `fetch`, when the provider bears another request. */
  readonly fetch: typeof globalThis.fetch;
}

export interface ThrottledCall {
  readonly signal?: AbortSignal | undefined;
  readonly isAwaited?: boolean;
}

const DEFAULT_CONCURRENCY = 4;
const MINUTE_MS = 60_000;
/** Nobody waits longer for a provider that asks for more: the call fails then, and is tried again later. */
const PAUSE_MAX_MS = MINUTE_MS;

export function createProviderThrottle({
  concurrency = DEFAULT_CONCURRENCY,
  requestsPerMinute,
}: ProviderThrottleOptions = {}): ProviderThrottle {
  const calls = new PQueue({ concurrency });
  const starts = new PQueue(
    requestsPerMinute === undefined ? {} : { interval: MINUTE_MS / requestsPerMinute, intervalCap: 1 },
  );
  let opensAt = 0;

  const untilOpen = async (signal: AbortSignal | undefined): Promise<void> => {
    for (let wait = opensAt - performance.now(); wait > 0; wait = opensAt - performance.now()) {
      await delay(wait, undefined, signal === undefined ? {} : { signal });
    }
  };

  const acquire: ProviderThrottle['acquire'] = ({ signal, isAwaited = false }) =>
    new Promise((resolve, reject) => {
      const turn = async (): Promise<void> => {
        await untilOpen(signal);
        await new Promise<void>((release) => resolve(release));
      };
      const options = { priority: isAwaited ? 1 : 0, ...(signal === undefined ? {} : { signal }) };
      calls.add(turn, options).catch(reject);
    });

  return {
    acquire,
    run: async (call, options) => {
      const release = await acquire(options);
      try {
        return await call();
      } finally {
        release();
      }
    },
    fetch: async (input, init) => {
      const signal = init?.signal ?? undefined;
      await untilOpen(signal);
      await starts.add(async () => undefined, signal === undefined ? {} : { signal });
      const response = await globalThis.fetch(input, init);
      const pauseMs = response.status === 429 || response.status === 503 ? askedPause(response.headers) : 0;
      opensAt = Math.max(opensAt, performance.now() + Math.min(pauseMs, PAUSE_MAX_MS));
      return response;
    },
  };
}

/** How long the provider wants to be left alone, in milliseconds: `Retry-After` is seconds or a date. */
function askedPause(headers: Headers): number {
  const milliseconds = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(milliseconds)) return milliseconds;
  const asked = headers.get('retry-after') ?? '';
  if (/^\d+(?:\.\d+)?$/.test(asked)) return Number(asked) * 1000;
  const date = Date.parse(asked);
  return Number.isNaN(date) ? 0 : Math.max(0, date - Date.now());
}
