import type { Analysis } from '@synap/domain';
import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import { entities, users } from './projections.ts';

/*
 * What thinking leaves behind that changes nothing by itself, so that it is not in the log: all of it can be dropped.
 */

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

export type RerunStatus = 'analysing' | 'ready' | 'applying' | 'applied' | 'failed';

/** One pass over a user's captures with one analyser. */
export const reruns = pgTable(
  'reruns',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    /** The analyser as it was asked for; `null` is the one that is configured. */
    analyzer: text('analyzer'),
    since: instant('since'),
    status: text('status').$type<RerunStatus>().notNull(),
    totalThings: integer('total_things').notNull(),
    /** Why it failed. */
    error: text('error'),
    createdAt: instant('created_at').notNull(),
    finishedAt: instant('finished_at'),
  },
  (table) => [
    check('reruns_status_check', sql`${table.status} in ('analysing', 'ready', 'applying', 'applied', 'failed')`),
  ],
);

/** What the pass made of one thing. */
export const rerunItems = pgTable(
  'rerun_items',
  {
    rerunId: uuid('rerun_id')
      .notNull()
      .references(() => reruns.id, { onDelete: 'cascade' }),
    entityId: uuid('entity_id').notNull(),
    userId: uuid('user_id').notNull(),
    /** Of the content that was analysed. */
    checksum: text('checksum'),
    /** `null` until it is analysed, and where it cannot be; `error` says why then. */
    analysis: jsonb('analysis').$type<Analysis>(),
    error: text('error'),
    appliedAt: instant('applied_at'),
  },
  (table) => [
    primaryKey({ columns: [table.rerunId, table.entityId] }),
    foreignKey({
      columns: [table.userId, table.entityId],
      foreignColumns: [entities.userId, entities.id],
    }).onDelete('cascade'),
  ],
);

/** Of each answer that was given, the hashes of its runs of words: by them it is known when it comes back as a capture. */
export const givenAnswers = pgTable(
  'given_answers',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    shingles: bigint('shingles', { mode: 'number' }).array().notNull(),
    givenAt: instant('given_at').notNull(),
  },
  (table) => [index('given_answers_user_id_given_at_index').on(table.userId, table.givenAt)],
);
