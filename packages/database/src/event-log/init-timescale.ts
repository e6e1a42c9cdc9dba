import { sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import { detectLogStorage, LogGrade, type LogStorage } from './log-storage.ts';

/**
 * Few large chunks: with daily ones loading an aggregate was seven times slower, weekly ones are as quick as a plain
 * table.
 */
const CHUNK_INTERVAL = sql.raw("interval '7 days'");
const COMPRESS_AFTER = sql.raw("interval '7 days'");
/** Partitions of plain PostgreSQL reach this far back and ahead of now. */
const MONTHS_AHEAD = sql.raw("interval '3 months'");
const MONTHS_BACK = sql.raw("interval '1 month'");
/** Processes that start at once take turns. Any number that nobody else is likely to lock. */
const STORAGE_LOCK = 7_355_608_102;

/**
 * Brings the log's table into the best form that its database offers: partitions by month on plain PostgreSQL, a
 * hypertable where TimescaleDB is enabled, compressed and rolled up where its edition can. Does what is missing and
 * nothing twice, so it runs at every start, and on a table with rows, which all stay. While rows move into a hypertable
 * for the first time, writers wait.
 *
 * @throws {Unavailable} as `detectLogStorage`.
 */
export async function initTimescale(queries: Queryable): Promise<LogStorage> {
  const { storage, isRollUpNew } = await queries.transaction(async (transaction) => {
    await transaction.execute(sql`select pg_advisory_xact_lock(${STORAGE_LOCK})`);
    const storage = await detectLogStorage(transaction);
    if (storage.grade === LogGrade.plain) {
      await ensureEventPartitions(transaction);
      await ensureActivityView(transaction);
      return { storage, isRollUpNew: false };
    }
    if (!(await isHypertable(transaction))) await makeHypertable(transaction);
    if (storage.grade === LogGrade.timescaleCommunity) {
      return { storage, isRollUpNew: await enableCommunityFeatures(transaction) };
    }
    await ensureActivityView(transaction);
    return { storage, isRollUpNew: false };
  });
  // Its policy only looks back a month; what is older would be missing as soon as the policy has run.
  if (isRollUpNew)
    await queries.execute(sql`call refresh_continuous_aggregate('activity_hourly', null, now() - interval '1 hour')`);
  return storage;
}

/**
 * Makes the partitions of the months ahead. Does nothing on a hypertable, whose chunks come by themselves.
 * @returns how many were made.
 */
export async function ensureEventPartitions(queries: Queryable): Promise<number> {
  const [row] = await selectRows<{ made: number }>(
    queries,
    sql`select case
      when (select relkind from pg_class where oid = 'events'::regclass) = 'p'
      then ensure_event_partitions(now() - ${MONTHS_BACK}, now() + ${MONTHS_AHEAD})
      else 0
    end as made`,
  );
  return Number(row?.made ?? 0);
}

async function isHypertable(queries: Queryable): Promise<boolean> {
  const rows = await selectRows(
    queries,
    sql`select from timescaledb_information.hypertables
      where hypertable_schema = current_schema() and hypertable_name = 'events'`,
  );
  return rows.length > 0;
}

/** Copies the partitioned table into a hypertable of the same name. */
async function makeHypertable(transaction: Transaction): Promise<void> {
  const statements = [
    sql`lock table events in access exclusive mode`,
    sql`drop view if exists activity_hourly`,
    sql`alter table events rename to events_partitioned`,
    sql`create table events (like events_partitioned including defaults)`,
    sql`select create_hypertable(
      'events', 'timestamp', chunk_time_interval => ${CHUNK_INTERVAL}, create_default_indexes => false
    )`,
    sql`insert into events select * from events_partitioned`,
    sql`drop table events_partitioned`,
    sql`create index events_position_index on events (position)`,
    sql`create index events_aggregate_id_version_index on events (aggregate_id, version)`,
    sql`create index events_user_id_position_index on events (user_id, position)`,
    sql`create index events_user_id_timestamp_index on events (user_id, timestamp)`,
    sql`create index events_user_id_correlation_id_index on events (user_id, correlation_id)`,
    sql`create trigger events_are_append_only before update or delete on events
      for each row execute function refuse_event_change()`,
    sql`create trigger events_are_not_truncated before truncate on events
      for each statement execute function refuse_event_truncation()`,
  ];
  for (const statement of statements) await transaction.execute(statement);
}

/** The same question everywhere: how many events of each type a user had in each hour. */
async function ensureActivityView(transaction: Transaction): Promise<void> {
  await transaction.execute(sql`create or replace view activity_hourly as
    select date_trunc('hour', timestamp, 'UTC') as hour, user_id, event_type, count(*) as event_count
    from events group by 1, 2, 3`);
}

/**
 * Compression: segments by user, so that one person's events can be removed as whole segments and nobody's events mix;
 * in a segment ordered by stream, so that the history of one thing lies together. See docs/benchmarks.md, 'Event log'.
 * @returns whether the roll-up of activity is new, and has yet to be filled.
 */
async function enableCommunityFeatures(transaction: Transaction): Promise<boolean> {
  const settings = await selectRows(
    transaction,
    sql`select from timescaledb_information.compression_settings where hypertable_name = 'events'`,
  );
  if (settings.length === 0) {
    await transaction.execute(sql`alter table events set (
      timescaledb.compress, timescaledb.compress_segmentby = 'user_id',
      timescaledb.compress_orderby = 'aggregate_id, version'
    )`);
  }
  await transaction.execute(
    sql`select add_compression_policy('events', compress_after => ${COMPRESS_AFTER}, if_not_exists => true)`,
  );
  const aggregates = await selectRows(
    transaction,
    sql`select from timescaledb_information.continuous_aggregates where view_name = 'activity_hourly'`,
  );
  if (aggregates.length > 0) return false;
  await transaction.execute(sql`drop view if exists activity_hourly`);
  await transaction.execute(sql`create materialized view activity_hourly
    with (timescaledb.continuous, timescaledb.materialized_only = false) as
    select time_bucket(interval '1 hour', timestamp) as hour, user_id, event_type, count(*) as event_count
    from events group by 1, 2, 3 with no data`);
  await transaction.execute(sql`select add_continuous_aggregate_policy(
    'activity_hourly', start_offset => interval '30 days', end_offset => interval '1 hour',
    schedule_interval => interval '1 hour', if_not_exists => true
  )`);
  return true;
}
