import type { Actor, UserId } from '@synap/domain';

/** What a caller may do. */
export type Scope = 'read' | 'write' | 'admin';

/** A signed-in caller. */
export interface Session {
  readonly userId: UserId;
  readonly actor: Actor;
  readonly scopes: readonly Scope[];
}

/** Tells who a request is from, by its credentials; `null` for nobody. */
export interface Authenticator {
  authenticate(headers: Headers): Promise<Session | null>;
}
