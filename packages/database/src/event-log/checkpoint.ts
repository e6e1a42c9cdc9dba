import { and, eq, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { checkpoints } from '../schema/schema.ts';

/** The position up to which a subscriber has done its work; 0 for a new one. */
export async function readCheckpoint(queries: Queryable, subscriber: string): Promise<bigint> {
  const [row] = await queries.select().from(checkpoints).where(eq(checkpoints.subscriber, subscriber));
  return row?.position ?? 0n;
}

/** Lets a new subscriber begin after a position; one that is known goes on where it is. */
export async function beginAfter(
  queries: Queryable,
  { subscriber, position }: { subscriber: string; position: bigint },
): Promise<void> {
  await queries.insert(checkpoints).values({ subscriber, position }).onConflictDoNothing();
}

/** The right to read for a subscriber, until it is given back or runs out. */
export interface Lease {
  readonly subscriber: string;
  /** The process that holds it, by a name that no other has. */
  readonly owner: string;
  readonly durationMs: number;
  /** The checkpoint of a new subscriber; the first position of all if left out. */
  readonly beginning?: bigint;
}

/**
 * Takes or renews the lease of a subscriber, so that of several processes one reads for it. Time is the database's own.
 * @returns the checkpoint to go on from, or `null` if another process has the lease.
 */
export async function takeLease(
  queries: Queryable,
  { subscriber, owner, durationMs, beginning = 0n }: Lease,
): Promise<bigint | null> {
  const leasedUntil = sql`now() + ${durationMs} * interval '1 millisecond'`;
  const rows = await selectRows<{ position: string | number | bigint }>(
    queries,
    sql`insert into ${checkpoints} (subscriber, position, owner, leased_until)
      values (${subscriber}, ${beginning}::bigint, ${owner}, ${leasedUntil})
      on conflict (subscriber) do update set owner = excluded.owner, leased_until = excluded.leased_until
      where ${checkpoints.owner} is null or ${checkpoints.owner} = excluded.owner or ${checkpoints.leasedUntil} < now()
      returning position`,
  );
  const [row] = rows;
  return row === undefined ? null : BigInt(row.position);
}

/**
 * Moves the checkpoint of a lease's holder on; it never goes back.
 * @returns whether it was moved: not if the lease was lost to another process meanwhile.
 */
export async function saveCheckpoint(
  queries: Queryable,
  { subscriber, owner, position }: { subscriber: string; owner: string; position: bigint },
): Promise<boolean> {
  const moved = await queries
    .update(checkpoints)
    .set({ position: sql`greatest(${checkpoints.position}, ${position})` })
    .where(and(eq(checkpoints.subscriber, subscriber), eq(checkpoints.owner, owner)))
    .returning({ position: checkpoints.position });
  return moved.length > 0;
}

/** Gives a lease back, so that another process can go on at once. */
export async function releaseLease(
  queries: Queryable,
  { subscriber, owner }: { subscriber: string; owner: string },
): Promise<void> {
  await queries
    .update(checkpoints)
    .set({ owner: null, leasedUntil: null })
    .where(and(eq(checkpoints.subscriber, subscriber), eq(checkpoints.owner, owner)));
}
