import type { UserId } from '@synap/domain';
import { and, eq, inArray } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { aggregates } from '../schema/schema.ts';

/** Where a stream stands: the version of its last event and the end of its digest chain. */
export interface StreamHead {
  readonly version: number;
  readonly digest: Uint8Array;
}

/** The heads of those streams that are the user's, by id. */
export async function readStreamHeads(
  queries: Queryable,
  userId: UserId,
  aggregateIds: readonly string[],
): Promise<Map<string, StreamHead>> {
  const rows = await queries
    .select({ id: aggregates.id, version: aggregates.version, digest: aggregates.digest })
    .from(aggregates)
    .where(and(eq(aggregates.userId, userId), inArray(aggregates.id, [...aggregateIds])));
  return new Map(rows.map(({ id, ...head }) => [id, head]));
}
