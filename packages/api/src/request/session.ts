import type { Actor, Scope, UserId } from '@synap/domain';

/** A signed-in caller. */
export interface Session {
  readonly userId: UserId;
  /** Who it is that acts: a key, or a person's session. Every event that comes of it says so. */
  readonly actor: Actor;
  readonly scopes: readonly Scope[];
  /** Whether this installation is theirs: then the scope `admin` opens what is about all users, too. */
  readonly isOwner: boolean;
  /**
   * Whether a browser sends the credentials by itself, as it does a cookie: then the page that makes it send them must be
   * of this very server.
   */
  readonly isAmbient: boolean;
  /** Whether whoever it is has the machine itself, so that no limit protects anybody from them. */
  readonly isUnlimited: boolean;
}

/** Tells who a request is from, by its credentials; `null` for nobody. */
export interface Authenticator {
  authenticate(headers: Headers): Promise<Session | null>;
}

/** Asks one after the other until one knows who it is. */
export function firstOf(authenticators: readonly Authenticator[]): Authenticator {
  return {
    authenticate: async (headers) => {
      for (const authenticator of authenticators) {
        const session = await authenticator.authenticate(headers);
        if (session !== null) return session;
      }
      return null;
    },
  };
}

/** The key of `Authorization: Bearer …`, or `null`. */
export function bearerKey(headers: Headers): string | null {
  return /^Bearer (\S+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? null;
}
