import { type Authenticator, firstOf, type Protection } from '@synap/api';
import { type Accounts, createAccounts, type Mailer } from '@synap/auth';
import { type Database, hasThings, isUser } from '@synap/database';
import type { Clock, IdSource, UserId } from '@synap/domain';
import type { Configuration } from '../config/environment.ts';
import {
  createApiKeyAuthenticator,
  createOwnerKeyAuthenticator,
  createOwnerKeyCheck,
  createSessionAuthenticator,
} from './authenticators.ts';
import { type ClosableRateLimiter, createMemoryLimiter } from './rate-limiter.ts';
import { isReachedByOthers, reachableOrigin } from './reach.ts';

const MINUTE_SECONDS = 60;
/** All of a user's keys and sessions together. */
const USER_FACTOR = 2;
const STRANGER_REQUESTS_PER_MINUTE = 300;

/** Who signs in how, and what keeps others out. */
export interface OpenedAccounts {
  readonly accounts: Accounts;
  readonly authenticator: Authenticator;
  readonly protection: Protection;
  /** Tells under which address people reach the server, where no other is configured. */
  listensAt(origin: string): void;
  /** Where limits are counted, in words. */
  describeLimits(): string;
  close(): Promise<void>;
}

/** Puts together how people and programs sign in. */
export async function openAccounts(options: {
  configuration: Configuration;
  database: Database;
  clock: Clock;
  ids: IdSource;
  owner: { readonly userId: UserId; readonly key: string };
  /** Signs cookies, where no other secret is configured. */
  secret: string;
  mailer: Mailer;
  onFailure: (error: unknown) => void;
  onLimiterLost: (error: Error) => void;
}): Promise<OpenedAccounts> {
  const { configuration, database, clock, ids, owner, onFailure } = options;
  const { accounts: settings, host, port } = configuration;
  const hasOwnerKey = createOwnerKeyCheck(owner.key);
  const limiter = await openLimiter(settings.redisUrl, options.onLimiterLost);
  let listening = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const isGuarded = isReachedByOthers({ host, publicOrigin: settings.publicOrigin });
  const accounts = createAccounts({
    database,
    clock,
    ids,
    secret: settings.secret ?? options.secret,
    baseUrl: () => settings.publicOrigin ?? reachableOrigin(listening),
    trustedOrigins: settings.corsOrigins,
    signUp: settings.signUp,
    isFromOwner: async (headers) => hasOwnerKey(headers),
    mayBeTakenOver: async (ownerId) => !isGuarded || !(await hasThings(database.queries, ownerId)),
    mailer: options.mailer,
    oidc: settings.oidc,
    onFailure,
  });
  const isThere = () => isUser(database.queries, owner.userId);
  return {
    accounts,
    authenticator: firstOf([
      createOwnerKeyAuthenticator({ userId: owner.userId, hasKey: hasOwnerKey, isThere }),
      createApiKeyAuthenticator({ database, clock }),
      createSessionAuthenticator(accounts),
    ]),
    protection: {
      publicOrigin: settings.publicOrigin,
      trustedOrigins: settings.corsOrigins,
      limits: { limiter, rates: ratesOf(settings.requestsPerMinute) },
    },
    listensAt: (origin) => {
      listening = origin;
    },
    describeLimits: () => limiter.describe(),
    close: () => limiter.close(),
  };
}

// What is not configured is not loaded.
async function openLimiter(url: string | null, onConnectionLost: (error: Error) => void): Promise<ClosableRateLimiter> {
  if (url === null) return createMemoryLimiter();
  const { openRedisLimiter } = await import('./redis-limiter.ts');
  return openRedisLimiter({ url, onConnectionLost });
}

function ratesOf(requestsPerMinute: number | null): NonNullable<Protection['limits']>['rates'] {
  if (requestsPerMinute === null) return {};
  const perMinute = (requests: number) => ({ requests, seconds: MINUTE_SECONDS });
  return {
    perCaller: perMinute(requestsPerMinute),
    perUser: perMinute(requestsPerMinute * USER_FACTOR),
    perAddress: perMinute(STRANGER_REQUESTS_PER_MINUTE),
  };
}
