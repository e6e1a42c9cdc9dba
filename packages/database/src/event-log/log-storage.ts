import { Unavailable } from '@synap/domain';
import { sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';

/** How the log is stored, by what its database offers. */
export const LogGrade = {
  /** Any PostgreSQL: partitions by month, made ahead. */
  plain: 'plain',
  /** TimescaleDB in the Apache edition, as Neon has it: a hypertable. */
  timescaleApache: 'timescale-apache',
  /** TimescaleDB in the community edition: a hypertable, compressed, with a roll-up of activity. */
  timescaleCommunity: 'timescale-community',
} as const;
export type LogGrade = (typeof LogGrade)[keyof typeof LogGrade];

/** What was found out about the log's database at the start. */
export interface LogStorage {
  readonly grade: LogGrade;
  /** The version of TimescaleDB, where it is used. */
  readonly timescaleVersion: string | null;
  /** For a person: how events are stored here, and what this database cannot do. */
  readonly description: string;
}

const MISSING_IN_APACHE = 'no compression and no continuous aggregates, which this edition lacks';

/**
 * Finds out what the log's database offers. TimescaleDB counts where its extension is enabled in that very database.
 *
 * @throws {Unavailable} if chunks are compressed that the edition in use cannot read: it would pass over their rows
 * without a word.
 */
export async function detectLogStorage(queries: Queryable): Promise<LogStorage> {
  const [found] = await selectRows<{ version: string | null; license: string | null; available: boolean }>(
    queries,
    sql`select
      (select extversion from pg_extension where extname = 'timescaledb') as version,
      current_setting('timescaledb.license', true) as license,
      exists (select from pg_available_extensions where name = 'timescaledb') as available`,
  );
  const version = found?.version ?? null;
  if (version === null) {
    const advice =
      found?.available === true ? '; TimescaleDB is on this server: CREATE EXTENSION timescaledb enables it here' : '';
    const description = `partitions by month; no compression and no continuous aggregates without TimescaleDB${advice}`;
    return { grade: LogGrade.plain, timescaleVersion: null, description };
  }
  if (found?.license === 'timescale') {
    return {
      grade: LogGrade.timescaleCommunity,
      timescaleVersion: version,
      description: `TimescaleDB ${version}, community edition: hypertable, compression after 7 days, activity by the hour as a continuous aggregate`,
    };
  }
  await refuseCompressedChunks(queries);
  return {
    grade: LogGrade.timescaleApache,
    timescaleVersion: version,
    description: `TimescaleDB ${version}, Apache edition: hypertable; ${MISSING_IN_APACHE}`,
  };
}

async function refuseCompressedChunks(queries: Queryable): Promise<void> {
  const [row] = await selectRows<{ count: number | string }>(
    queries,
    sql`select count(*) as count from _timescaledb_catalog.chunk where compressed_chunk_id is not null and not dropped`,
  );
  const count = Number(row?.count ?? 0);
  if (count === 0) return;
  throw new Unavailable(
    'event log',
    `${count} chunks of the event log are compressed, and TimescaleDB's Apache edition does not see their rows. Set timescaledb.license to 'timescale' on the database server, restart it and start again.`,
  );
}
