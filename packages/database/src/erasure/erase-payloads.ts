import { Unavailable, type UserId } from '@synap/domain';
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { LogRow } from '../archive/log-row.ts';
import { encodeSegment, readSegment } from '../archive/segment-codec.ts';
import { erasedHash, hashOfData } from '../event-log/digest.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { archiveSegments, events } from '../schema/schema.ts';

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
  const archived = await eraseArchivedPayloads(log, { userId, aggregateIds });
  const live = await log.database.queries.transaction(async (transaction) => {
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
  return archived + live;
}

/** Segments are immutable: those that hold payloads of the streams are written anew without them, then removed. */
async function eraseArchivedPayloads(
  { database: { queries }, segments }: EventLog,
  { userId, aggregateIds }: { userId: UserId; aggregateIds: readonly string[] },
): Promise<number> {
  const entries = await queries.select().from(archiveSegments).where(eq(archiveSegments.userId, userId));
  let erased = 0;
  for (const { path } of entries) {
    if (segments === null) throw new Unavailable('event log', 'There is no file store to read the archive from.');
    const rows = await collectRows(readSegment(await segments.open(path)));
    const hashed = rows.map((row) => (aggregateIds.includes(row.aggregateId) ? withoutPayload(row) : row));
    const count = hashed.filter((row, index) => row !== rows[index]).length;
    if (count === 0) continue;
    erased += count;
    const stored = await segments.put(userId, encodeSegment(hashed));
    await queries.update(archiveSegments).set(stored).where(eq(archiveSegments.path, path));
    await segments.remove(path);
  }
  return erased;
}

function withoutPayload(row: LogRow): LogRow {
  if (erasedHash(row.data) !== null || isEmpty(row.data)) return row;
  return { ...row, data: { erased: hashOfData(row.data).toString('hex') } };
}

async function collectRows(rows: AsyncIterable<LogRow>): Promise<LogRow[]> {
  const collected: LogRow[] = [];
  for await (const row of rows) collected.push(row);
  return collected;
}

function isEmpty(data: unknown): boolean {
  return typeof data === 'object' && data !== null && Object.keys(data).length === 0;
}
