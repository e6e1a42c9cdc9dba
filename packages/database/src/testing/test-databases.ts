import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Database } from '../connection/database.ts';
import { openPostgres } from '../connection/open-postgres.ts';
import { LogGrade } from '../event-log/log-storage.ts';
import { openCommunityTimescale } from './community-timescale.ts';
import { openNewPglite } from './pglite-template.ts';

/** A kind of database that tests can run on. */
export interface TestDatabase {
  readonly name: string;
  /** Whether it can be had here; its name says what is missing. */
  readonly isAvailable: boolean;
  /** Whether several transactions can be open at a time; on one session they take turns. */
  readonly hasConcurrentTransactions: boolean;
  /** How a log is stored in it. */
  readonly grade: LogGrade;
  /** A new, migrated database of its own; closing it removes it. */
  open(): Promise<Database>;
}

/** Every kind of database that Synap runs on: a suite that holds on all of them runs once for each. */
export function testDatabases(serverUrl: string | undefined): TestDatabase[] {
  return [
    {
      name: 'on PGlite',
      isAvailable: true,
      hasConcurrentTransactions: false,
      grade: LogGrade.plain,
      open: () => openNewPglite(),
    },
    {
      name: 'on PostgreSQL (set SYNAP_TEST_DATABASE_URL)',
      isAvailable: serverUrl !== undefined && serverUrl !== '',
      hasConcurrentTransactions: true,
      grade: LogGrade.plain,
      open: () => openTemporary(serverUrl ?? ''),
    },
  ];
}

/** Every way in which a log can be stored: those of `testDatabases`, and both editions of TimescaleDB. */
export function logDatabases(serverUrl: string | undefined): TestDatabase[] {
  return [
    ...testDatabases(serverUrl),
    {
      name: 'on TimescaleDB, Apache edition (set SYNAP_TEST_DATABASE_URL to a server that has it)',
      isAvailable: serverUrl !== undefined && serverUrl !== '',
      hasConcurrentTransactions: true,
      grade: LogGrade.timescaleApache,
      open: () => openTemporary(serverUrl ?? '', { statements: ['create extension timescaledb'] }),
    },
    {
      name: 'on TimescaleDB, community edition',
      isAvailable: true,
      hasConcurrentTransactions: false,
      grade: LogGrade.timescaleCommunity,
      open: () => openCommunityTimescale(),
    },
  ];
}

/** The URL of a new, empty database on the server, and how to remove it. */
export async function createTemporaryDatabase(
  serverUrl: string,
  { statements = [] }: { statements?: readonly string[] } = {},
): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `synap_test_${randomBytes(6).toString('hex')}`;
  await runOn(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  for (const statement of statements) await runOn(url.href, statement);
  return { url: url.href, drop: () => runOn(serverUrl, `drop database ${name} with (force)`) };
}

async function openTemporary(serverUrl: string, options: { statements?: readonly string[] } = {}): Promise<Database> {
  const { url, drop } = await createTemporaryDatabase(serverUrl, options);
  const database = await openPostgres({ connectionString: url, maxConnections: 20, onConnectionLost: () => undefined });
  return {
    ...database,
    close: async () => {
      await database.close();
      await drop();
    },
  };
}

async function runOn(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
