import { bigint, date, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

/** What each user took of each provider's model on each day (of UTC). It is no event: nothing is folded from it. */
export const modelUsage = pgTable(
  'model_usage',
  {
    userId: uuid('user_id').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    model: text('model').notNull(),
    calls: integer('calls').notNull(),
    inputTokens: bigint('input_tokens', { mode: 'number' }).notNull(),
    outputTokens: bigint('output_tokens', { mode: 'number' }).notNull(),
    /** Of sound that was listened to. */
    audioMilliseconds: bigint('audio_milliseconds', { mode: 'number' }).notNull(),
    /** At the prices of then, in billionths of a dollar; what had no price is not in it. */
    costNanodollars: bigint('cost_nanodollars', { mode: 'number' }).notNull(),
    /** How many of the calls had no price. */
    unpricedCalls: integer('unpriced_calls').notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.day, table.model] })],
);
