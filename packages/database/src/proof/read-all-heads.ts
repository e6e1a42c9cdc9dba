import type { UserId } from '@synap/domain';
import { asc, eq } from 'drizzle-orm';
import type { EventLog } from '../event-log/event-log.ts';
import { aggregates } from '../schema/schema.ts';

/** Stream, version and digest in hexadecimal of every head of one user, by stream, in one snapshot. */
export async function readAllHeads({ database }: EventLog, userId: UserId): Promise<[string, number, string][]> {
  const rows = await database.queries
    .select({ id: aggregates.id, version: aggregates.version, digest: aggregates.digest })
    .from(aggregates)
    .where(eq(aggregates.userId, userId))
    .orderBy(asc(aggregates.id));
  return rows.map(({ id, version, digest }) => [id, version, Buffer.from(digest).toString('hex')]);
}
