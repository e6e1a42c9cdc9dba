import { type Database, type LiveSession, prepareSessionLookup } from '@synap/database';
import type { Clock, IdSource } from '@synap/domain';
import type { Mailer } from './mailer.ts';
import type { OidcSettings } from './oidc.ts';
import { readSessionToken } from './session-cookie.ts';
import type { SignUpRules } from './sign-up-rules.ts';

/** Accounts, and who is signed in. */
export interface Accounts {
  /** Answers what is asked at `/api/auth/*`. Whether the request is from a page of this server is the caller's to see to. */
  handle(request: Request): Promise<Response>;
  /** Whose session these headers carry; `null` if none, or one that has ended: at once, for it is looked up each time. */
  findSession(headers: Headers): Promise<LiveSession | null>;
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
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly oidc: OidcSettings | null;
  /** Told of failures that are no caller's mistake. */
  readonly onFailure: (error: unknown) => void;
}

/** Accounts on Better Auth. */
export function createAccounts(options: AccountsOptions): Accounts {
  const find = prepareSessionLookup(options.database.queries);
  let made: Promise<Accounts['handle']> | undefined;
  return {
    handle: async (request) => {
      made ??= load(options);
      return (await made)(request);
    },
    findSession: async (headers) => {
      const token = readSessionToken(headers, options);
      return token === null ? null : find({ token, now: options.clock.now() });
    },
  };
}

/** It takes a third of a second to load, which a command line that opens the store need not wait for. */
async function load(options: AccountsOptions): Promise<Accounts['handle']> {
  const { createAuth } = await import('./create-auth.ts');
  return (await createAuth(options)).handler;
}
