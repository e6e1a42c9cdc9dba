import type { DeliveryStatus, PauseReason } from '@synap/domain';
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import { users } from './projections.ts';

/*
 * Who is told of events, and what came of it. Like API keys it is how an installation is set up and no thought of anybody:
 * nothing of it is in the log, so no delivery leads to another.
 */

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
const position = (name: string) => bigint(name, { mode: 'bigint' });

/** A secret that messages are signed with, encrypted. */
export interface SealedSecret {
  readonly sealed: string;
  /** ISO 8601; `null` for the present one. */
  readonly expiresAt: string | null;
  /** A hash of the idempotency key of the request that made it. */
  readonly requestedBy: string | null;
}

/** One attempt, as it is kept with its delivery. */
export interface KeptAttempt {
  /** ISO 8601. */
  readonly at: string;
  readonly durationMs: number;
  /** Of the answer; `null` where there was none. */
  readonly status: number | null;
  /** The beginning of the answer, as text. */
  readonly answer: string;
  /** Why there was no answer. */
  readonly error: string | null;
  /** Not when it happened, but when somebody asked for it again. */
  readonly isReplay: boolean;
}

/** An address that is told of its user's events. */
export const webhooks = pgTable(
  'webhooks',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    url: text('url').notNull(),
    description: text('description').notNull(),
    /** Patterns. */
    eventTypes: text('event_types').array().notNull(),
    status: text('status').$type<'active' | 'paused'>().notNull(),
    pausedReason: text('paused_reason').$type<PauseReason>(),
    pausedAt: instant('paused_at'),
    /** The present one first. */
    secrets: jsonb('secrets').$type<SealedSecret[]>().notNull(),
    /** A hash of the idempotency key of the request that made it, and of that request. */
    creationKey: text('creation_key'),
    creationHash: text('creation_hash'),
    /** Everything up to it has been tried at least once. */
    position: position('position').notNull(),
    /** What is being sent again: what comes after the first, up to the second. */
    replayPosition: position('replay_position'),
    replayUpTo: position('replay_up_to'),
    /** When there is something to do; `null` for nothing that is known of. */
    wakeAt: instant('wake_at'),
    /** Counts the runs that began. */
    generation: integer('generation').notNull(),
    consecutiveFailures: integer('consecutive_failures').notNull(),
    failingSince: instant('failing_since'),
    heldUntil: instant('held_until'),
    lastDeliveredAt: instant('last_delivered_at'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [
    unique('webhooks_user_id_id_unique').on(table.userId, table.id),
    unique('webhooks_user_id_creation_key_unique').on(table.userId, table.creationKey),
    index('webhooks_wake_at_index').on(table.wakeAt).where(sql`${table.status} = 'active'`),
    check('webhooks_status_check', sql`${table.status} in ('active', 'paused')`),
    check('webhooks_paused_reason_check', sql`${table.pausedReason} in ('person', 'gone', 'failing')`),
    check('webhooks_paused_check', sql`(${table.status} = 'paused') = (${table.pausedReason} is not null)`),
  ],
);

/** One message to one webhook, with the attempts to deliver it. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id').notNull(),
    webhookId: uuid('webhook_id').notNull(),
    /** By which the receiver knows it again. */
    messageId: text('message_id').notNull(),
    /** `null` of a test. */
    eventId: uuid('event_id'),
    position: position('position'),
    eventType: text('event_type').notNull(),
    status: text('status').$type<DeliveryStatus>().notNull(),
    /** Since it was last begun. */
    failures: integer('failures').notNull(),
    nextAttemptAt: instant('next_attempt_at'),
    attempts: jsonb('attempts').$type<KeptAttempt[]>().notNull(),
    isReplay: boolean('is_replay').notNull(),
    createdAt: instant('created_at').notNull(),
    /** When it was last tried, or put back. */
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [
    foreignKey({
      columns: [table.userId, table.webhookId],
      foreignColumns: [webhooks.userId, webhooks.id],
    }).onDelete('cascade'),
    unique('webhook_deliveries_webhook_id_message_id_unique').on(table.webhookId, table.messageId),
    index('webhook_deliveries_due_index')
      .on(table.webhookId, table.nextAttemptAt)
      .where(sql`${table.status} = 'waiting'`),
    index('webhook_deliveries_updated_at_index').on(table.webhookId, table.updatedAt, table.id),
    check('webhook_deliveries_status_check', sql`${table.status} in ('waiting', 'delivered', 'dead', 'skipped')`),
  ],
);
