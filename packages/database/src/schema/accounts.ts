import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { bytea } from './columns.ts';
import { users } from './projections.ts';

/*
 * How people and programs sign in. Better Auth reads and writes all of it but the API keys and
 * the links of calendars; the names of the columns in
 * TypeScript are its names. Each row is one user's, and goes with them.
 */

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
const id = () => uuid('id').primaryKey();
const ownUser = () =>
  uuid('user_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' });

/** Where somebody is signed in, by cookie. */
export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    userId: ownUser(),
    token: text('token').notNull().unique(),
    expiresAt: instant('expires_at').notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [index('sessions_user_id_index').on(table.userId)],
);

/** The ways in which a user can sign in: a password (hashed), or an identity provider. */
export const accounts = pgTable(
  'accounts',
  {
    id: id(),
    userId: ownUser(),
    providerId: text('provider_id').notNull(),
    accountId: text('account_id').notNull(),
    password: text('password'),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: instant('access_token_expires_at'),
    refreshTokenExpiresAt: instant('refresh_token_expires_at'),
    scope: text('scope'),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [
    index('accounts_user_id_index').on(table.userId),
    index('accounts_provider_id_account_id_index').on(table.providerId, table.accountId),
  ],
);

/** What proves a step of a longer way, such as the token of a password reset; good for minutes. */
export const verifications = pgTable(
  'verifications',
  {
    id: id(),
    identifier: text('identifier').notNull(),
    value: text('value').notNull(),
    expiresAt: instant('expires_at').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [index('verifications_identifier_index').on(table.identifier)],
);

/** Second factors: secrets of one-time passwords, encrypted. */
export const twoFactors = pgTable(
  'two_factors',
  {
    id: id(),
    userId: ownUser(),
    secret: text('secret').notNull(),
    backupCodes: text('backup_codes').notNull(),
    verified: boolean('verified').default(true),
    failedVerificationCount: integer('failed_verification_count').default(0),
    lockedUntil: instant('locked_until'),
  },
  (table) => [index('two_factors_user_id_index').on(table.userId)],
);

/** Public keys of passkeys. */
export const passkeys = pgTable(
  'passkeys',
  {
    id: id(),
    userId: ownUser(),
    name: text('name'),
    publicKey: text('public_key').notNull(),
    credentialID: text('credential_id').notNull().unique(),
    counter: bigint('counter', { mode: 'number' }).notNull(),
    deviceType: text('device_type').notNull(),
    backedUp: boolean('backed_up').notNull(),
    transports: text('transports'),
    aaguid: text('aaguid'),
    createdAt: instant('created_at'),
  },
  (table) => [index('passkeys_user_id_index').on(table.userId)],
);

/** With which programs sign in. The key itself is nowhere: it is random, so its hash alone tells it. */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: id(),
    userId: ownUser(),
    name: text('name').notNull(),
    /** The key's first letters, by which a person tells it from others. */
    prefix: text('prefix').notNull(),
    /** SHA-256. */
    hash: bytea('hash').notNull().unique(),
    scopes: text('scopes').array().notNull(),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at'),
    /** To the minute. */
    lastUsedAt: instant('last_used_at'),
    /** A key that is revoked stays, for events name it. */
    revokedAt: instant('revoked_at'),
  },
  (table) => [index('api_keys_user_id_index').on(table.userId).where(sql`${table.revokedAt} is null`)],
);

/** The secret link under which calendars read a user's tasks and events. Of the secret only its hash is kept. */
export const calendarLinks = pgTable('calendar_links', {
  userId: ownUser().primaryKey(),
  /** SHA-256. */
  secretHash: bytea('secret_hash').notNull().unique(),
  createdAt: instant('created_at').notNull(),
});
