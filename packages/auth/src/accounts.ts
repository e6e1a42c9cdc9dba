import { type Database, findLiveSession, type LiveSession } from '@synap/database';
import type { Clock, IdSource } from '@synap/domain';
import type { Mailer } from './mailer.ts';
import type { OidcSettings } from './oidc.ts';
import { type KeptSession, noSessionCache, type SessionCache } from './session-cache.ts';
import { readSessionToken } from './session-cookie.ts';
import type { SignUpRules } from './sign-up-rules.ts';

/** Accounts, and who is signed in. */
export interface Accounts {
  /** Answers what is asked at `/api/auth/*`. Whether the request is from a page of this server is the caller's to see to. */
  handle(request: Request): Promise<Response>;
  /** Whose session these headers carry; `null` if none, or one that has ended, from the next request on. */
  findSession(headers: Headers): Promise<KeptSession | null>;
}

export interface AccountsOptions extends SignUpRules {
  readonly database: Database;
  /** Signs cookies and encrypts secrets; whoever has it can sign in as anybody. */
  readonly secret: string;
  /** The origin under which people reach the server; asked when the first of them comes. */
  readonly baseUrl: () => string;
  /** Other origins that a link in a letter may lead to. */
  readonly trustedOrigins: readonly string[];
  readonly mailer: Mailer;
  /** Without one each session is looked up at each request. */
  readonly sessionCache?: SessionCache;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly oidc: OidcSettings | null;
  /** Told of failures that are no caller's mistake. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * A session that is younger is looked up: else one that begins while all of a user's are being ended could be kept, ended
 * unseen, and go on being kept.
 */
const KEPT_FROM_AGE_MS = 60_000;

/** Accounts on Better Auth. */
export function createAccounts(options: AccountsOptions): Accounts {
  const { clock, sessionCache = noSessionCache } = options;
  const lookUp = async (token: string): Promise<KeptSession | null> => {
    const found = await findLiveSession(options.database.queries, { token, now: clock.now() });
    return found === null ? null : toKept(found);
  };
  const isOldEnough = (session: KeptSession | null): boolean =>
    session !== null && clock.now().getTime() - new Date(session.createdAt).getTime() > KEPT_FROM_AGE_MS;
  let made: Promise<Accounts['handle']> | undefined;
  return {
    handle: async (request) => {
      made ??= load(options);
      return (await made)(request);
    },
    findSession: async (headers) => {
      const token = readSessionToken(headers, options);
      if (token === null) return null;
      const session = await sessionCache.read(token, () => lookUp(token), isOldEnough);
      return session === null || new Date(session.expiresAt) <= clock.now() ? null : session;
    },
  };
}

function toKept({ createdAt, expiresAt, ...session }: LiveSession): KeptSession {
  return { ...session, createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() };
}

/** It takes a third of a second to load, which a command line that opens the store need not wait for. */
async function load(options: AccountsOptions): Promise<Accounts['handle']> {
  const { createAuth } = await import('./create-auth.ts');
  return (await createAuth(options)).handler;
}
