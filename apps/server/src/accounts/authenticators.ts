import { createHash, timingSafeEqual } from 'node:crypto';
import { type Authenticator, bearerKey, type Session } from '@synap/api';
import type { Accounts } from '@synap/auth';
import { type Cache, createApiKeySignIn } from '@synap/core';
import type { Database } from '@synap/database';
import { BroadScope, type Clock, type UserId } from '@synap/domain';

const EVERYTHING = Object.values(BroadScope);

/** Whether headers carry the key that lies in the data directory. */
export function createOwnerKeyCheck(key: string): (headers: Headers) => boolean {
  const expected = sha256(key);
  return (headers) => {
    const given = bearerKey(headers);
    // Hashes of equal length, compared in constant time, tell nothing of how much of the key was right.
    return given !== null && timingSafeEqual(sha256(given), expected);
  };
}

/** Signs in the owner of this installation, by the key that lies in the data directory. */
export function createOwnerKeyAuthenticator(owner: {
  userId: UserId;
  hasKey: (headers: Headers) => boolean;
  /** Whether they have not been erased since. */
  isThere: () => Promise<boolean>;
}): Authenticator {
  const session: Session = {
    userId: owner.userId,
    actor: { kind: 'api_key', id: 'owner' },
    scopes: EVERYTHING,
    isOwner: true,
    isAmbient: false,
    // Whoever has this key has the machine.
    isUnlimited: true,
  };
  return {
    authenticate: async (headers) => (owner.hasKey(headers) && (await owner.isThere()) ? session : null),
  };
}

/** Signs in programs, by the keys that people gave them. */
export function createApiKeyAuthenticator(parts: { database: Database; cache: Cache; clock: Clock }): Authenticator {
  const signIn = createApiKeySignIn(parts);
  return {
    authenticate: async (headers) => {
      const given = bearerKey(headers);
      const key = given === null ? null : await signIn(given);
      if (key === null) return null;
      const { id, userId, scopes, isOwner } = key;
      return { userId, actor: { kind: 'api_key', id }, scopes, isOwner, isAmbient: false, isUnlimited: false };
    },
  };
}

/** Signs in people, by the cookie of their session. A request that names a key is nobody's but the key's. */
export function createSessionAuthenticator(accounts: Accounts): Authenticator {
  return {
    authenticate: async (headers) => {
      if (headers.has('authorization')) return null;
      const found = await accounts.findSession(headers);
      if (found === null) return null;
      const { userId, sessionId, isOwner } = found;
      const actor = { kind: 'user', id: sessionId } as const;
      return { userId, actor, scopes: EVERYTHING, isOwner, isAmbient: true, isUnlimited: false };
    },
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
