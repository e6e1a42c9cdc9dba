import type { PGlite } from '@electric-sql/pglite';
import type { ExtractTablesWithRelations } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT, PgTransaction } from 'drizzle-orm/pg-core';
import type * as schema from '../schema/schema.ts';

type Schema = typeof schema;

/** What queries run on: a database or a transaction of it. */
export type Queryable = PgDatabase<PgQueryResultHKT, Schema>;

/** An open transaction: what is written through it is all there or not at all. */
export type Transaction = PgTransaction<PgQueryResultHKT, Schema, ExtractTablesWithRelations<Schema>>;

/** An open database, embedded or on a server: the same schema, the same queries. */
export interface Database {
  readonly queries: Queryable;
  /** What it is, for health reports and for libraries that bring their own tables. */
  readonly engine:
    | { readonly kind: 'pglite'; readonly pglite: PGlite }
    | { readonly kind: 'postgres'; readonly connectionString: string };
  /** The database's own words for what it is, such as `PostgreSQL 17.5`. */
  version(): Promise<string>;
  close(): Promise<void>;
}
