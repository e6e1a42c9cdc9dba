import type { UserId } from '@synap/domain';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { erasedHash, hashOfData } from '../event-log/digest.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { events } from '../schema/schema.ts';

/**
 * Erases what the events of streams said: each `data` gives way to the hash of its canonical JSON, by which the digest
 * chain still verifies. What was erased already, and an event that said nothing, stays as it is.
 *
 * @returns how many events were changed.
 */
export async function erasePayloads(
  log: EventLog,
  { userId, aggregateIds }: { userId: UserId; aggregateIds: readonly string[] },
): Promise<number> {
  return log.database.queries.transaction(async (transaction) => {
    await transaction.execute(sql`select set_config('synap.log_upkeep', 'yes', true)`);
    const rows = await transaction
      .select({ id: events.id, timestamp: events.timestamp, data: events.data })
      .from(events)
      .where(and(eq(events.userId, userId), inArray(events.aggregateId, [...aggregateIds])));
    let erased = 0;
    for (const { id, timestamp, data } of rows) {
      if (erasedHash(data) !== null || isEmpty(data)) continue;
      await transaction
        .update(events)
        .set({ data: { erased: hashOfData(data).toString('hex') } })
        // The time finds the partition; the id alone would look into each.
        .where(and(eq(events.timestamp, timestamp), eq(events.id, id)));
      erased += 1;
    }
    return erased;
  });
}

function isEmpty(data: unknown): boolean {
  return typeof data === 'object' && data !== null && Object.keys(data).length === 0;
}
