import type { UserId } from '@synap/domain';
import { and, eq } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { aggregates } from '../schema/schema.ts';

/** Where a stream stands: the version of its last event and the end of its digest chain. */
export interface StreamHead {
  readonly version: number;
  readonly digest: Uint8Array;
}

/** The head of one user's stream, or `null` where there is none. */
export async function readStreamHead(
  queries: Queryable,
  { userId, aggregateId }: { userId: UserId; aggregateId: string },
): Promise<StreamHead | null> {
  const [row] = await queries
    .select({ version: aggregates.version, digest: aggregates.digest })
    .from(aggregates)
    .where(and(eq(aggregates.userId, userId), eq(aggregates.id, aggregateId)));
  return row ?? null;
}
