import { setTimeout as delay } from 'node:timers/promises';
import { NotFound, type UserId } from '@synap/domain';
import { eq, sql } from 'drizzle-orm';
import { readSegment } from '../archive/segment-codec.ts';
import type { Database, Queryable } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { LogGrade } from '../event-log/log-storage.ts';
import type { Sources } from '../projection/load-for-change.ts';
import { archiveSegments, erasures, eventKeys } from '../schema/schema.ts';

/** What was removed from one store. */
export interface StoreErasure {
  /** The table, or what else it is. */
  readonly store: string;
  readonly removed: number;
}

const SETTLE_POLL_MS = 20;

/** The tables of the log with the user's rows, each after those that depend on it. */
const LOG_TABLES = ['events', 'aggregates', 'idempotency_keys', 'archive_segments'] as const;
/** Those of the state; the user's own row is the last to go, and what they sign in with just before it. */
const STATE_TABLES = [
  'entity_vectors',
  'past_vectors',
  'indexing_failures',
  'model_usage',
  'given_answers',
  'rerun_items',
  'reruns',
  'webhook_deliveries',
  'webhooks',
  'suggestions',
  'relations',
  'content_links',
  'former_titles',
  'entity_tags',
  'task_details',
  'event_details',
  'entities',
  'tags',
  'user_settings',
  'api_keys',
  'calendar_links',
  'passkeys',
  'two_factors',
  'accounts',
  'sessions',
] as const;

/**
 * Keeps everybody from ever writing for this user again, and waits until what is being written at this moment has
 * ended. Only a hash of the user's id is kept for that.
 */
export async function closeLogOf({ log }: Sources, userId: UserId, { now }: { now: Date }): Promise<void> {
  const { queries } = log.database;
  await queries
    .insert(erasures)
    .values({ userHash: sql`sha256(uuid_send(${userId}::uuid))`, erasedAt: now })
    .onConflictDoNothing();
  const [row] = await selectRows<{ head: string | number | bigint }>(
    queries,
    sql`select case when is_called then last_value else 0 end as head from event_positions`,
  );
  while (await hasAppendsUnderWay(queries, BigInt(row?.head ?? 0))) await delay(SETTLE_POLL_MS);
}

async function hasAppendsUnderWay(queries: Queryable, position: bigint): Promise<boolean> {
  const [row] = await selectRows<{ answer: boolean }>(
    queries,
    sql`select has_appends_under_way(${position}) as answer`,
  );
  return row?.answer === true;
}

/** Removes a user's rows from the log; `closeLogOf` must have been called. Repeating it finishes what was cut off. */
export async function eraseFromLog({ log }: Sources, userId: UserId): Promise<StoreErasure[]> {
  const { queries } = log.database;
  const archivedIds = await readArchivedIds(log, userId);
  const removed = await queries.transaction(async (transaction) => {
    await transaction.execute(sql`select set_config('synap.log_upkeep', 'yes', true)`);
    if (log.storage.grade === LogGrade.timescaleCommunity) {
      // A person's segments are whole segments; the limit is meant for deletions that unpack others' as well.
      await transaction.execute(sql`set local timescaledb.max_tuples_decompressed_per_dml_transaction = 0`);
    }
    const keys = await countDeleted(
      transaction,
      sql`delete from event_keys where id in (select id from events where user_id = ${userId})`,
    );
    for (const id of archivedIds) await transaction.delete(eventKeys).where(eq(eventKeys.id, id));
    const stores: StoreErasure[] = [{ store: 'event_keys', removed: keys + archivedIds.length }];
    for (const table of LOG_TABLES) stores.push(await eraseTable(transaction, table, userId));
    for (const table of await readRollUps(transaction, log)) stores.push(await eraseTable(transaction, table, userId));
    return stores;
  });
  await vacuum(queries, ['event_keys', ...LOG_TABLES]);
  return removed;
}

/**
 * Where a continuous aggregate keeps its rows. They are deleted there: to refresh it would also drop what it knows of
 * hours whose events are archived.
 */
async function readRollUps(queries: Queryable, { storage }: EventLog): Promise<string[]> {
  if (storage.grade !== LogGrade.timescaleCommunity) return [];
  const rows = await selectRows<{ schema: string; name: string }>(
    queries,
    sql`select materialization_hypertable_schema as schema, materialization_hypertable_name as name
      from timescaledb_information.continuous_aggregates where hypertable_name = 'events'`,
  );
  return rows.map(({ schema, name }) => `${schema}.${name}`);
}

/** The ids of the events that lie in archive segments; one whose file is gone already has none any more. */
async function readArchivedIds({ database, segments }: EventLog, userId: UserId): Promise<string[]> {
  const entries = await database.queries.select().from(archiveSegments).where(eq(archiveSegments.userId, userId));
  const ids: string[] = [];
  for (const { path } of entries) {
    if (segments === null) continue;
    try {
      for await (const { id } of readSegment(await segments.open(path))) ids.push(id);
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
    }
  }
  return ids;
}

/** Removes a user's rows from the state, and the user. Repeating it finishes what was cut off. */
export async function eraseFromState({ queries }: Database, userId: UserId): Promise<StoreErasure[]> {
  const removed = await queries.transaction(async (transaction) => {
    const stores: StoreErasure[] = [];
    for (const table of STATE_TABLES) stores.push(await eraseTable(transaction, table, userId));
    stores.push({ store: 'verifications', removed: await eraseVerifications(transaction, userId) });
    const users = await countDeleted(transaction, sql`delete from users where id = ${userId}`);
    return [...stores, { store: 'users', removed: users }];
  });
  await vacuum(queries, [...STATE_TABLES, 'verifications', 'users']);
  return removed;
}

/** What proves a step of signing in names its user, or their address, somewhere in its text. */
async function eraseVerifications(queries: Queryable, userId: UserId): Promise<number> {
  return countDeleted(
    queries,
    sql`delete from verifications using users
      where users.id = ${userId} and (strpos(value, users.id::text) > 0 or strpos(identifier, users.id::text) > 0
        or strpos(lower(identifier), users.email) > 0 or strpos(lower(value), users.email) > 0)`,
  );
}

/** Whether this user was erased: true for ever after. */
export async function wasErased(queries: Queryable, userId: UserId): Promise<boolean> {
  const rows = await queries
    .select({ erasedAt: erasures.erasedAt })
    .from(erasures)
    .where(eq(erasures.userHash, sql`sha256(uuid_send(${userId}::uuid))`));
  return rows.length > 0;
}

/**
 * Looks for a user's id in every table of a database: in each column of the type of ids, and in each that holds text or
 * JSON, so also in tables that libraries made.
 * @returns the tables with traces; empty where there is none.
 */
export async function findTraces({ queries }: Database, userId: UserId): Promise<StoreErasure[]> {
  const columns = await selectRows<{ schema: string; table: string; column: string; type: string }>(
    queries,
    sql`select table_schema as schema, table_name as table, column_name as column, udt_name as type
      from information_schema.columns join information_schema.tables using (table_schema, table_name)
      where (table_type = 'BASE TABLE' or table_name = 'activity_hourly') and table_schema not in ('pg_catalog', 'information_schema')
        and table_schema not like '\\_timescaledb%' and udt_name in ('uuid', 'text', 'varchar', 'json', 'jsonb')
      order by 1, 2, 3`,
  );
  const traces = new Map<string, number>();
  for (const { schema, table, column, type } of columns) {
    const name = schema === 'public' ? table : `${schema}.${table}`;
    const target = sql`${sql.identifier(schema)}.${sql.identifier(table)}`;
    const condition =
      type === 'uuid'
        ? sql`${sql.identifier(column)} = ${userId}::uuid`
        : sql`strpos(${sql.identifier(column)}::text, ${userId}) > 0`;
    const [row] = await selectRows<{ count: string | number }>(
      queries,
      sql`select count(*) as count from ${target} where ${condition}`,
    );
    const count = Number(row?.count ?? 0);
    if (count > 0) traces.set(name, Math.max(count, traces.get(name) ?? 0));
  }
  return [...traces].map(([store, removed]) => ({ store, removed }));
}

async function eraseTable(queries: Queryable, table: string, userId: UserId): Promise<StoreErasure> {
  const target = sql.join(
    table.split('.').map((part) => sql.identifier(part)),
    sql.raw('.'),
  );
  return { store: table, removed: await countDeleted(queries, sql`delete from ${target} where user_id = ${userId}`) };
}

async function countDeleted(queries: Queryable, statement: ReturnType<typeof sql>): Promise<number> {
  const [row] = await selectRows<{ count: string | number }>(
    queries,
    sql`with deleted as (${statement} returning 1) select count(*) as count from deleted`,
  );
  return Number(row?.count ?? 0);
}

/** Deleted rows stay in the files of a database until their room is reclaimed. */
async function vacuum(queries: Queryable, tables: readonly string[]): Promise<void> {
  for (const table of tables) await queries.execute(sql`vacuum ${sql.identifier(table)}`);
}
