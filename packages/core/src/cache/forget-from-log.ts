import { beginAfter, type DurableSubscriber, projectIfBehind, subscribeDurably } from '@synap/database';
import { AggregateType, EntityId, type StoredEvent } from '@synap/domain';
import type { Parts } from '../parts.ts';
import type { CacheEntry } from './cache.ts';
import { entityEntry } from './entries.ts';

const SUBSCRIBER = 'cache';

type Sources = Pick<Parts, 'database' | 'log' | 'cache'>;

/**
 * Forgets what the log says was changed, soon after it was. Who writes through a cache has told it before; this is for
 * those who do not know of it, such as a command line with other settings, and for rows that came late: where the log has
 * a database of its own, they are brought to what it says first.
 */
export async function forgetFromLog(
  sources: Sources,
  options: { owner: string; pollIntervalMs: number; onError: (error: unknown) => void },
): Promise<DurableSubscriber> {
  const { database, log, cache } = sources;
  const { queries } = database;
  // What was written before is in no cache that this one fills.
  await beginAfter(queries, { subscriber: SUBSCRIBER, position: await log.readWatermark() });
  return subscribeDurably({
    ...options,
    name: SUBSCRIBER,
    queries,
    log,
    filter: {},
    handle: async (event) => {
      if (log.database !== database) await projectIfBehind(sources, event);
      await cache.change(entriesChangedBy(event), async () => undefined);
    },
  });
}

function entriesChangedBy({ userId, aggregateId, aggregateType }: StoredEvent): CacheEntry[] {
  return aggregateType === AggregateType.entity ? [entityEntry(userId, EntityId.parse(aggregateId))] : [];
}
