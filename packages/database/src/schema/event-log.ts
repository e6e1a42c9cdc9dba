import type { AggregateType, EventMetadata, EventName, EventSource } from '@synap/domain';
import {
  bigint,
  index,
  integer,
  json,
  jsonb,
  pgSequence,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import { bytea } from './columns.ts';

/** Where positions are drawn from; only `append_events` draws, see its migration. */
export const eventPositions = pgSequence('event_positions', { cache: 1 });

/** The immutable log: the truth about everything but content. Written by `append_events` only. */
export const events = pgTable(
  'events',
  {
    position: bigint('position', { mode: 'bigint' }).primaryKey(),
    id: uuid('id').notNull().unique(),
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
  },
  (table) => [
    unique('events_aggregate_id_version_unique').on(table.aggregateId, table.version),
    index('events_user_id_position_index').on(table.userId, table.position),
    index('events_user_id_correlation_id_index').on(table.userId, table.correlationId),
  ],
);

/** One row per stream: the compare-and-set of its version, and the head of its digest chain. */
export const aggregates = pgTable(
  'aggregates',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id').notNull(),
    type: text('type').$type<AggregateType>().notNull(),
    version: integer('version').notNull(),
    digest: bytea('digest').notNull(),
  },
  (table) => [unique('aggregates_user_id_id_unique').on(table.userId, table.id)],
);

/** How far each durable subscriber has read the log. */
export const checkpoints = pgTable('checkpoints', {
  subscriber: text('subscriber').primaryKey(),
  position: bigint('position', { mode: 'bigint' }).notNull(),
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
  (table) => [
    primaryKey({ columns: [table.userId, table.key] }),
    index('idempotency_keys_created_at_index').on(table.createdAt),
  ],
);
