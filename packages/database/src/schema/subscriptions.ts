import { bigint, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/** How far each durable subscriber has read the log, and which process reads for it now. */
export const checkpoints = pgTable('checkpoints', {
  subscriber: text('subscriber').primaryKey(),
  position: bigint('position', { mode: 'bigint' }).notNull(),
  /** The process that has the lease, by a name of its own; null for nobody. */
  owner: text('owner'),
  leasedUntil: timestamp('leased_until', { withTimezone: true, precision: 3 }),
});
