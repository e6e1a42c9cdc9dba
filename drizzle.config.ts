import { defineConfig } from 'drizzle-kit';

/** The tables of the state. Those of the log have migrations of their own, written by hand: `log-migrations`. */
export default defineConfig({
  dialect: 'postgresql',
  schema: [
    './packages/database/src/schema/accounts.ts',
    './packages/database/src/schema/projections.ts',
    './packages/database/src/schema/thinking.ts',
    './packages/database/src/schema/search-index.ts',
    './packages/database/src/schema/subscriptions.ts',
    './packages/database/src/schema/usage.ts',
    './packages/database/src/schema/webhooks.ts',
  ],
  out: './packages/database/migrations',
});
