import { fileURLToPath } from 'node:url';
import type { MigrationConfig } from 'drizzle-orm/migrator';

/** What a database holds: the log, the state that is folded from it, or both. */
export type Holdings = 'log' | 'state' | 'both';

/** Generated from the schema; beside `src` and `dist`. */
const STATE: MigrationConfig = { migrationsFolder: fileURLToPath(new URL('../../migrations', import.meta.url)) };
/** Written by hand, see `log-migrations/0000_event_log.sql`. In one database with the state they come after it. */
const LOG: MigrationConfig = {
  migrationsFolder: fileURLToPath(new URL('../../log-migrations', import.meta.url)),
  migrationsTable: '__log_migrations',
};

/** The migrations of a database, in order. */
export function migrationsFor(holdings: Holdings): MigrationConfig[] {
  return { log: [LOG], state: [STATE], both: [STATE, LOG] }[holdings];
}
