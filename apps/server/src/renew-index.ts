import { type Parts, renewOutdatedIndex } from '@synap/core';
import { type Logger, loggable } from './logger.ts';

/**
 * Makes the search index anew in the background where it is of another model or an older version; what is there answers
 * until then, and the next start goes on with what was not finished.
 * @returns ends it.
 */
export function startRenewal(parts: Parts, logger: Logger): () => Promise<void> {
  const control = new AbortController();
  const renewal = renewOutdatedIndex(parts, { signal: control.signal }).catch((error: unknown) => {
    if (control.signal.aborted) return;
    logger.error({ error: loggable(error) }, 'the search index could not be made anew; the next start tries again');
  });
  return async () => {
    control.abort();
    await renewal;
  };
}
