import { type Authenticator, firstOf, type Protection } from '@synap/api';
import { type Accounts, createAccounts, type Mailer, type SessionCache } from '@synap/auth';
import { type Cache, sessionEntry, userEntry } from '@synap/core';
import { type Database, hasThings, isUser } from '@synap/database';
import type { Clock, IdSource, UserId } from '@synap/domain';
import type { Configuration } from '../config/environment.ts';
import type { RedisConnection } from '../redis/connect-redis.ts';
import {
  createApiKeyAuthenticator,
  createOwnerKeyAuthenticator,
  createOwnerKeyCheck,
  createSessionAuthenticator,
} from './authenticators.ts';
import { createMemoryLimiter, type DescribedRateLimiter } from './rate-limiter.ts';
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
}

/** Puts together how people and programs sign in. */
export async function openAccounts(options: {
  configuration: Configuration;
  database: Database;
  cache: Cache;
  /** Where requests are counted for several processes; `null` is in this one. */
  redis: RedisConnection | null;
  clock: Clock;
  ids: IdSource;
  owner: { readonly userId: UserId; readonly key: string };
  /** Signs cookies. */
  secret: string;
  mailer: Mailer;
  onFailure: (error: unknown) => void;
}): Promise<OpenedAccounts> {
  const { configuration, database, cache, redis, clock, ids, owner, onFailure } = options;
  const { accounts: settings, host, port } = configuration;
  const hasOwnerKey = createOwnerKeyCheck(owner.key);
  const limiter = await openLimiter(redis);
  let listening = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const isGuarded = isReachedByOthers({ host, publicOrigin: settings.publicOrigin });
  const accounts = createAccounts({
    database,
    clock,
    ids,
    secret: options.secret,
    baseUrl: () => settings.publicOrigin ?? reachableOrigin(listening),
    trustedOrigins: settings.corsOrigins,
    signUp: settings.signUp,
    isFromOwner: async (headers) => hasOwnerKey(headers),
    mayBeTakenOver: async (ownerId) => !isGuarded || !(await hasThings(database.queries, ownerId)),
    mailer: options.mailer,
    sessionCache: cacheSessionsIn(cache),
    oidc: settings.oidc,
    onFailure,
  });
  const isThere = () => cache.read(userEntry(owner.userId), () => isUser(database.queries, owner.userId), Boolean);
  return {
    accounts,
    authenticator: firstOf([
      createOwnerKeyAuthenticator({ userId: owner.userId, hasKey: hasOwnerKey, isThere }),
      createApiKeyAuthenticator({ database, cache, clock }),
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
  };
}

// What is not configured is not loaded.
async function openLimiter(redis: RedisConnection | null): Promise<DescribedRateLimiter> {
  if (redis === null) return createMemoryLimiter();
  const { createRedisLimiter } = await import('./redis-limiter.ts');
  return createRedisLimiter(redis);
}

function cacheSessionsIn(cache: Cache): SessionCache {
  return {
    read: (token, load, mayKeep) => cache.read(sessionEntry(token), load, mayKeep),
    change: (tokens, work) => cache.change(tokens.map(sessionEntry), work),
  };
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
