import type { UploadSpool } from '@synap/api';
import { type Parts, upkeepDue } from '@synap/core';
import { ensureEventPartitions, refreshStatistics } from '@synap/database';
import type { WorkflowEngine } from '@synap/workflows';
import { type Logger, loggable } from './logger.ts';

const HOUR_MS = 60 * 60 * 1000;

/**
 * Makes room for what comes, removes what uploads to this process have left, and has the workflows of upkeep run once a
 * day: looked at now and then every hour. An empty store has nothing to keep up yet.
 * @returns ends it; waits for a round at hand.
 */
export function startUpkeep({
  parts: { database, log, clock },
  engine,
  logger,
  spool,
}: {
  parts: Pick<Parts, 'database' | 'log' | 'clock'>;
  spool: UploadSpool;
  engine: Pick<WorkflowEngine, 'send'>;
  logger: Logger;
}): () => Promise<void> {
  const keepUp = async (): Promise<void> => {
    const now = clock.now();
    await ensureEventPartitions(log.database.queries);
    await spool.sweep(now);
    if ((await log.readWatermark()) > 0n) await engine.send(upkeepDue(now));
  };
  const report = (error: unknown): void =>
    logger.error({ error: loggable(error) }, 'upkeep failed; it is tried again in an hour');
  let round = keepUp().catch(report);
  const timer = setInterval(() => {
    // Not at the start: it takes its time on a large store, and nobody waits for it.
    round = keepUp()
      .then(() => refreshStatistics(database))
      .catch(report);
  }, HOUR_MS);
  timer.unref();
  return async (): Promise<void> => {
    clearInterval(timer);
    await round;
  };
}
