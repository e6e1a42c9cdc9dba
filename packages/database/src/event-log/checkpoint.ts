import { eq, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { checkpoints } from '../schema/schema.ts';

/** The position up to which a subscriber has done its work; 0 for a new one. */
export async function readCheckpoint(queries: Queryable, subscriber: string): Promise<bigint> {
  const [row] = await queries.select().from(checkpoints).where(eq(checkpoints.subscriber, subscriber));
  return row?.position ?? 0n;
}

/** Moves a subscriber's checkpoint on; it never goes back. */
export async function saveCheckpoint(queries: Queryable, subscriber: string, position: bigint): Promise<void> {
  await queries
    .insert(checkpoints)
    .values({ subscriber, position })
    .onConflictDoUpdate({
      target: checkpoints.subscriber,
      set: { position: sql`greatest(${checkpoints.position}, excluded.position)` },
    });
}
