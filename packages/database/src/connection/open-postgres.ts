import { Unavailable } from '@synap/domain';
import { type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import * as schema from '../schema/schema.ts';
import type { Database } from './database.ts';
import { surviveLostClients } from './lost-clients.ts';
import { type Holdings, migrationsFor } from './migrations.ts';
import { readVersion } from './version.ts';

/** Any number that no other library on the same database is likely to lock. */
const MIGRATION_LOCK = 7_355_608_100;

/**
 * Connects to PostgreSQL 15 or newer and migrates it; several processes may start at once. A state needs pgvector.
 *
 * @param holdings what of Synap lies in this database.
 * @throws {Unavailable} if it cannot be reached or lacks what Synap needs.
 */
export async function openPostgres({
  connectionString,
  holdings = 'both',
  maxConnections = 10,
  onConnectionLost,
}: {
  connectionString: string;
  holdings?: Holdings;
  maxConnections?: number;
  /** Told of connections that broke; the pool opens new ones by itself. */
  onConnectionLost: (error: Error) => void;
}): Promise<Database> {
  const pool = new pg.Pool({ connectionString, max: maxConnections });
  surviveLostClients(pool, { onConnectionLost });
  const queries = drizzle(pool, { schema });
  try {
    await migrateOnce(pool, holdings);
  } catch (error) {
    await pool.end();
    throw new Unavailable(
      'database',
      `The database of ${holdings === 'log' ? 'EVENTS_DATABASE_URL' : 'DATABASE_URL'} cannot be used: ${rootMessage(error)}. It must be PostgreSQL 15 or newer${holdings === 'log' ? '' : ', have the extension pgvector 0.7 or newer'}, and be reachable.`,
      { cause: error },
    );
  }
  return {
    queries,
    engine: { kind: 'postgres', connectionString },
    version: () => readVersion(queries),
    close: () => pool.end(),
  };
}

/** Holds a lock on one connection while it migrates on that same connection, so that processes take turns. */
async function migrateOnce(pool: pg.Pool, holdings: Holdings): Promise<void> {
  const client = await pool.connect();
  try {
    const session = drizzle(client);
    await session.execute(sql`select pg_advisory_lock(${MIGRATION_LOCK})`);
    try {
      for (const migrations of migrationsFor(holdings)) await migrate(session, migrations);
      if (holdings !== 'log') await addTrigrams(session);
    } finally {
      await session.execute(sql`select pg_advisory_unlock(${MIGRATION_LOCK})`);
    }
  } finally {
    client.release();
  }
}

/** Search forgives mistakes in names with it and does without it: a server may not have it, or not let us. */
async function addTrigrams(session: { execute(statement: SQL): Promise<unknown> }): Promise<void> {
  await session.execute(sql`create extension if not exists pg_trgm`).catch(() => undefined);
}

function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return rootMessage(error.cause);
  if (error instanceof AggregateError && error.message === '') return error.errors.map(rootMessage).join('; ');
  return error.message;
}
