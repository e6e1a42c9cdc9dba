import { sql } from 'drizzle-orm';
import type { Queryable } from './database.ts';
import { selectRows } from './select-rows.ts';

/** Such as `PostgreSQL 17.5`. */
export async function readVersion(queries: Queryable): Promise<string> {
  const [row] = await selectRows<{ version: string }>(
    queries,
    sql`select current_setting('server_version') as version`,
  );
  return `PostgreSQL ${row?.version ?? 'of unknown version'}`;
}
