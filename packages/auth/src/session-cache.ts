import type { LiveSession } from '@synap/database';

/** A session as it is kept: JSON. */
export type KeptSession = Omit<LiveSession, 'createdAt' | 'expiresAt'> & {
  readonly createdAt: string;
  readonly expiresAt: string;
};

/** Keeps sessions, so that they need not be looked up at each request. */
export interface SessionCache {
  /** What is kept of the session with this token, or else what `load` gives; that is then kept if it may be. */
  read(
    token: string,
    load: () => Promise<KeptSession | null>,
    mayKeep: (session: KeptSession | null) => boolean,
  ): Promise<KeptSession | null>;
  /** Does what changes or ends these sessions: whoever asks after it is not told of what was before. */
  change<Result>(tokens: readonly string[], work: () => Promise<Result>): Promise<Result>;
}

/** Each is looked up. */
export const noSessionCache: SessionCache = {
  read: (_token, load) => load(),
  change: (_tokens, work) => work(),
};
