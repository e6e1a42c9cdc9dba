import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';

/**
 * Reclaims dead rows and renews the planner's statistics of the embedded database: it has no background processes, so
 * nobody else does. A server does this by itself.
 */
export async function refreshStatistics({ engine, queries }: Database): Promise<void> {
  if (engine.kind === 'pglite') await queries.execute(sql`vacuum analyze`);
}
