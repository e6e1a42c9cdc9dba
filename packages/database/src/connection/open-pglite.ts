import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { vector } from '@electric-sql/pglite-pgvector';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import * as schema from '../schema/schema.ts';
import type { Database } from './database.ts';
import { DRIZZLE_PARSERS, leanPglite } from './lean-pglite.ts';
import { migrationsFor } from './migrations.ts';
import { readVersion } from './version.ts';

/**
 * The default of 160 MB is made for a server; here the operating system caches the files as well, and reads of a
 * hundred thousand rows were no slower with this.
 */
const SHARED_BUFFERS = '32MB';

/**
 * Opens the embedded database, creates it where there is none, and migrates it.
 *
 * PGlite has no lock of its own: two processes on one directory lose acknowledged rows. The caller holds an exclusive
 * lock on the directory before it opens. Nor does it sync to disk: what it acknowledged survives a crash of the
 * process, not a power cut.
 *
 * @param options.directory where it lies; left out, it lives in memory only.
 * @param options.template an archive of another, as `dumpDataDir` makes it, that a new one begins as.
 */
export async function openPglite({
  directory,
  template,
}: {
  directory?: string;
  template?: Blob;
} = {}): Promise<Database> {
  const opened = await PGlite.create({
    ...(directory === undefined ? {} : { dataDir: directory }),
    ...(template === undefined ? {} : { loadDataDir: template }),
    extensions: { vector, pg_trgm },
    parsers: DRIZZLE_PARSERS,
    startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${SHARED_BUFFERS}`],
  });
  const pglite = leanPglite(opened);
  try {
    const queries = drizzle(pglite, { schema });
    for (const migrations of migrationsFor('both')) await migrate(queries, migrations);
    await queries.execute(sql`create extension if not exists pg_trgm`);
    return {
      queries,
      engine: { kind: 'pglite', pglite },
      version: async () => `${await readVersion(queries)} (PGlite, embedded)`,
      close: () => pglite.close(),
    };
  } catch (error) {
    await pglite.close();
    throw error;
  }
}
