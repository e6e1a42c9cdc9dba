import type { UploadSpool } from '@synap/api';
import { archiveOldEvents, type Parts, sweepFiles, writeCheckpoints } from '@synap/core';
import {
  deleteAnswersBefore,
  deleteDeliveriesBefore,
  deleteExpiredSignIns,
  deleteGivenAnswersBefore,
  deleteRerunsBefore,
  ensureEventPartitions,
  listUserIds,
  refreshStatistics,
} from '@synap/database';
import type { WorkflowEngine } from '@synap/workflows';
import { type Logger, loggable } from './logger.ts';

const HOUR_MS = 60 * 60 * 1000;
/** Longer than the day that is promised, so that a repeat at its very end still finds its answer. */
const ANSWERS_KEPT_MS = 48 * HOUR_MS;
const FINISHED_RUNS_KEPT_MS = 7 * 24 * HOUR_MS;
const RERUNS_KEPT_MS = 30 * 24 * HOUR_MS;
/** So long an answer may take to come back as a capture. */
const GIVEN_ANSWERS_KEPT_MS = 30 * 24 * HOUR_MS;
const DELIVERED_KEPT_MS = 7 * 24 * HOUR_MS;
/** What did not arrive, so that somebody may look at it, and have it tried again. */
const DEAD_DELIVERIES_KEPT_MS = 30 * 24 * HOUR_MS;
const CHECKPOINT_INTERVAL_MS = 24 * HOUR_MS;

/**
 * Removes what has served its time and makes room for what comes, once now and then every hour.
 * @returns ends it; waits for a round at hand.
 */
export function startUpkeep({
  parts,
  engine,
  logger,
  spool,
  archiveAfterMs,
}: {
  parts: Parts;
  spool: UploadSpool;
  engine: WorkflowEngine;
  logger: Logger;
  /** `null` archives nothing. */
  archiveAfterMs: number | null;
}) {
  const { database, log, clock } = parts;
  const removeOld = async (): Promise<void> => {
    const now = clock.now().getTime();
    await ensureEventPartitions(log.database.queries);
    await deleteAnswersBefore(log.database.queries, new Date(now - ANSWERS_KEPT_MS));
    await deleteGivenAnswersBefore(database.queries, new Date(now - GIVEN_ANSWERS_KEPT_MS));
    await deleteRerunsBefore(database.queries, new Date(now - RERUNS_KEPT_MS));
    await deleteDeliveriesBefore(database.queries, {
      deliveredBefore: new Date(now - DELIVERED_KEPT_MS),
      deadBefore: new Date(now - DEAD_DELIVERIES_KEPT_MS),
    });
    await deleteExpiredSignIns(database.queries, new Date(now));
    await engine.deleteFinished(new Date(now - FINISHED_RUNS_KEPT_MS));
    await writeCheckpoints(parts, { minimumAgeMs: CHECKPOINT_INTERVAL_MS });
    const users = new Set<string>(await listUserIds(database.queries));
    const swept = await sweepFiles(parts, (userId) => users.has(userId));
    if (swept.files > 0) logger.info(swept, 'files that nothing names were removed');
    const vectors = await parts.index.forgetOrphans();
    if (vectors > 0) logger.info({ vectors }, 'vectors of things that are no more were removed');
    await spool.sweep(clock.now());
    if (archiveAfterMs !== null) await archiveOldEvents(parts, { olderThanMs: archiveAfterMs });
  };
  const report = (error: unknown): void =>
    logger.error({ error: loggable(error) }, 'upkeep failed; it is tried again in an hour');
  let round = removeOld().catch(report);
  const timer = setInterval(() => {
    // Not at the start: it takes its time on a large store, and nobody waits for it.
    round = removeOld()
      .then(() => refreshStatistics(database))
      .catch(report);
  }, HOUR_MS);
  timer.unref();
  return async (): Promise<void> => {
    clearInterval(timer);
    await round;
  };
}
