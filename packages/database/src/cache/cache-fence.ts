import { sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { checkpoints } from '../schema/schema.ts';

/*
 * What all processes must agree on of a cache that lies beside the database: which generation of it counts, and whether
 * any does. It is kept as a checkpoint: its position is the generation, its lease keeps everybody out. So it holds also
 * when whoever set it has died, and where the cache itself cannot be reached.
 */

const NAME = 'cache-fence';

/** What may be read of the cache at this moment. */
export interface CacheFenceState {
  /** What was kept under another one is no more. Rows that a rebuild or a restore put in place are another one, too. */
  readonly generation: string;
  /** Whether nobody may read from it now. */
  readonly isRaised: boolean;
}

/** As the database has it when it is asked. */
export async function readCacheFence(queries: Queryable): Promise<CacheFenceState> {
  const [row] = await selectRows<{ generation: string; is_raised: boolean }>(
    queries,
    sql`select concat_ws('.', coalesce(max(position), 0), to_regclass('entities')::oid) as generation,
      coalesce(max(leased_until) > clock_timestamp(), false) as is_raised
      from ${checkpoints} where subscriber = ${NAME}`,
  );
  if (row === undefined) throw new Error('An aggregate gives a row.');
  return { generation: row.generation, isRaised: row.is_raised };
}

/**
 * Begins a new generation, and keeps everybody out for so long from now on, by the database's clock: 0 is not at all.
 * Never shortens the time that another has set.
 */
export async function raiseCacheFence(queries: Queryable, { forMs }: { forMs: number }): Promise<void> {
  await queries.execute(
    sql`insert into ${checkpoints} as fence (subscriber, position, leased_until)
      values (${NAME}, 1, clock_timestamp() + ${forMs} * interval '1 millisecond')
      on conflict (subscriber) do update
      set position = fence.position + 1, leased_until = greatest(fence.leased_until, excluded.leased_until)`,
  );
}
