import { sql } from 'drizzle-orm';
import type { Queryable, Transaction } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';

/**
 * Tables like those of the projections, beside them: a rebuild fills them while everybody goes on with the real ones,
 * and then puts them in their place. The list of tags in use grows only and is shared.
 */
export const SHADOW_SCHEMA = 'synap_rebuild';

/** In an order in which they can be filled. */
const PROJECTIONS = [
  'entities',
  'task_details',
  'event_details',
  'entity_tags',
  'content_links',
  'former_titles',
  'relations',
  'suggestions',
  'user_settings',
] as const;

/** A constraint or an index, in PostgreSQL's own words. */
interface Definition {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/** Makes the shadow tables with their primary and unique keys; what else speeds up reading comes after the filling. */
export async function createShadowTables(transaction: Transaction): Promise<void> {
  await transaction.execute(sql.raw(`create schema ${SHADOW_SCHEMA}`));
  for (const table of PROJECTIONS) {
    await transaction.execute(
      sql.raw(
        `create table ${SHADOW_SCHEMA}.${table} (like ${table} including defaults including generated including constraints)`,
      ),
    );
  }
  for (const { table, name, definition } of await readConstraints(transaction, ['p', 'u'])) {
    await transaction.execute(sql.raw(`alter table ${SHADOW_SCHEMA}.${table} add constraint "${name}" ${definition}`));
  }
}

/** Makes the indexes that the real tables have and the shadow tables have not. Does nothing twice. */
export async function createShadowIndexes(queries: Queryable): Promise<void> {
  const indexes = await selectRows<Definition>(
    queries,
    sql`select tablename as table, indexname as name, indexdef as definition
      from pg_indexes as real
      where schemaname = current_schema() and tablename in ${[...PROJECTIONS]}
        and not exists (
          select from pg_indexes where schemaname = ${SHADOW_SCHEMA} and indexname = real.indexname
        )`,
  );
  const [row] = await selectRows<{ schema: string }>(queries, sql`select current_schema() as schema`);
  for (const { table, definition } of indexes) {
    const target = definition.replace(` ON ${row?.schema}.${table} `, ` ON ${SHADOW_SCHEMA}.${table} `);
    await queries.execute(sql.raw(target));
  }
}

/** Keeps everybody from the projections until the transaction ends, after those who are at them have ended. */
export async function lockProjections(transaction: Transaction): Promise<void> {
  await transaction.execute(sql.raw(`lock table ${PROJECTIONS.join(', ')} in access exclusive mode`));
}

/**
 * Puts the shadow tables in the place of the real ones, with their names, indexes and foreign keys. The caller holds the
 * projections locked. Chunks of the search index whose entity is no more go with it.
 */
export async function swapTables(transaction: Transaction): Promise<void> {
  const foreignKeys = await readForeignKeys(transaction);
  for (const { table, name } of foreignKeys) {
    await transaction.execute(sql.raw(`alter table ${table} drop constraint "${name}"`));
  }
  const [row] = await selectRows<{ schema: string }>(transaction, sql`select current_schema() as schema`);
  for (const table of PROJECTIONS) {
    await transaction.execute(sql.raw(`drop table ${table}`));
    await transaction.execute(sql.raw(`alter table ${SHADOW_SCHEMA}.${table} set schema "${row?.schema}"`));
  }
  for (const table of ['entity_vectors', 'past_vectors', 'indexing_failures', 'rerun_items']) {
    await transaction.execute(
      sql.raw(`delete from ${table} where not exists (select from entities where id = ${table}.entity_id)`),
    );
  }
  for (const { table, name, definition } of foreignKeys) {
    await transaction.execute(sql.raw(`alter table ${table} add constraint "${name}" ${definition}`));
  }
}

function readConstraints(queries: Queryable, types: readonly string[]): Promise<Definition[]> {
  return selectRows<Definition>(
    queries,
    sql`select relname as table, conname as name, pg_get_constraintdef(pg_constraint.oid) as definition
      from pg_constraint join pg_class on pg_class.oid = conrelid
      where relnamespace = current_schema()::regnamespace and relname in ${[...PROJECTIONS]}
        and contype::text in ${[...types]}
      order by conname`,
  );
}

/** The foreign keys from and to the projections. */
function readForeignKeys(queries: Queryable): Promise<Definition[]> {
  return selectRows<Definition>(
    queries,
    sql`select source.relname as table, conname as name, pg_get_constraintdef(pg_constraint.oid) as definition
      from pg_constraint
      join pg_class as source on source.oid = conrelid
      join pg_class as target on target.oid = confrelid
      where contype = 'f' and source.relnamespace = current_schema()::regnamespace
        and (source.relname in ${[...PROJECTIONS]} or target.relname in ${[...PROJECTIONS]})
      order by conname`,
  );
}
