import type { AggregateType, EventMetadata, EventName, EventSource } from '@synap/domain';
import {
  bigint,
  integer,
  json,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import { bytea } from './columns.ts';

/*
 * The tables of the log's database. Drizzle reads them; how they are made and stored stands in `log-migrations`, because
 * Drizzle knows neither partitions nor hypertables.
 */

/** The immutable log: the truth about everything but content. Written by `append_events` only. */
export const events = pgTable('events', {
  position: bigint('position', { mode: 'bigint' }).notNull(),
  id: uuid('id').notNull(),
  timestamp: timestamp('timestamp', { withTimezone: true, precision: 3 }).notNull(),
  aggregateId: uuid('aggregate_id').notNull(),
  aggregateType: text('aggregate_type').$type<AggregateType>().notNull(),
  eventType: text('event_type').$type<EventName>().notNull(),
  userId: uuid('user_id').notNull(),
  data: jsonb('data').notNull(),
  metadata: jsonb('metadata').$type<EventMetadata>().notNull(),
  version: integer('version').notNull(),
  causationId: uuid('causation_id'),
  correlationId: uuid('correlation_id').notNull(),
  source: text('source').$type<EventSource>().notNull(),
  schemaVersion: smallint('schema_version').notNull(),
  digest: bytea('digest').notNull(),
});

/** One row per stream: the compare-and-set of its version, and the head of its digest chain. */
export const aggregates = pgTable('aggregates', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id').notNull(),
  type: text('type').$type<AggregateType>().notNull(),
  version: integer('version').notNull(),
  digest: bytea('digest').notNull(),
  /** How many of its first events lie in archive segments. */
  archivedVersion: integer('archived_version').notNull().default(0),
});

/** Which event ids are taken: what an index on a log that is cut by time cannot tell. */
export const eventKeys = pgTable('event_keys', {
  id: uuid('id').primaryKey(),
  position: bigint('position', { mode: 'bigint' }).notNull(),
});

/** The parts of the log that lie in the file store: one user's events of one stretch of time. */
export const archiveSegments = pgTable('archive_segments', {
  path: text('path').primaryKey(),
  userId: uuid('user_id').notNull(),
  fromTime: timestamp('from_time', { withTimezone: true, precision: 3 }).notNull(),
  /** Exclusive. */
  toTime: timestamp('to_time', { withTimezone: true, precision: 3 }).notNull(),
  minPosition: bigint('min_position', { mode: 'bigint' }).notNull(),
  maxPosition: bigint('max_position', { mode: 'bigint' }).notNull(),
  eventCount: integer('event_count').notNull(),
  sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
  /** SHA-256 in hexadecimal. */
  checksum: text('checksum').notNull(),
});

/** Who was erased, by the SHA-256 of their id's bytes. */
export const erasures = pgTable('erasures', {
  userHash: bytea('user_hash').primaryKey(),
  erasedAt: timestamp('erased_at', { withTimezone: true, precision: 3 }).notNull(),
});

/** The answer to each write that carried an idempotency key, stored in the write's own transaction. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    userId: uuid('user_id').notNull(),
    key: text('key').notNull(),
    /** SHA-256 of the command and its input, in hexadecimal: the same key with another request is refused. */
    requestHash: text('request_hash').notNull(),
    answer: json('answer'),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.key] })],
);
