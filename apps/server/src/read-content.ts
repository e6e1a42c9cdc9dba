import { type Parts, type ReadContentProgress, readOlderContent } from '@synap/core';
import { type Logger, loggable } from './logger.ts';

const TOLD_EACH_MS = 10_000;

/**
 * Reads tags and links from content that was stored before that was done, in the background; the next start goes on with
 * what was not finished.
 * @returns ends it.
 */
export function startReadingContent(parts: Parts, logger: Logger): () => Promise<void> {
  const control = new AbortController();
  let toldAt = Date.now();
  const onProgress = (progress: ReadContentProgress): void => {
    if (Date.now() - toldAt < TOLD_EACH_MS) return;
    toldAt = Date.now();
    logger.info(progress, 'tags and links are read from older content');
  };
  const reading = readOlderContent(parts, { signal: control.signal, onProgress })
    .then((done) => {
      if (done.things > 0) logger.info(done, 'tags and links were read from older content');
    })
    .catch((error: unknown) => {
      if (control.signal.aborted) return;
      logger.error({ error: loggable(error) }, 'older content could not be read; the next start goes on with it');
    });
  return async () => {
    control.abort();
    await reading;
  };
}
