import { createHash, timingSafeEqual } from 'node:crypto';
import type { Authenticator, Session } from '@synap/api';
import type { UserId } from '@synap/domain';

/** Signs in the owner of this installation, by the key that lies in the data directory. */
export function createOwnerKeyAuthenticator(owner: {
  userId: UserId;
  key: string;
  /** Whether they have not been erased since. */
  isThere: () => Promise<boolean>;
}): Authenticator {
  const expected = sha256(owner.key);
  const session: Session = {
    userId: owner.userId,
    actor: { kind: 'api_key', id: 'owner' },
    scopes: ['read', 'write', 'admin'],
  };
  return {
    authenticate: async (headers) => {
      const key = /^Bearer (\S+)$/i.exec(headers.get('authorization') ?? '')?.[1];
      // Hashes of equal length, compared in constant time, tell nothing of how much of the key was right.
      if (key === undefined || !timingSafeEqual(sha256(key), expected)) return null;
      return (await owner.isThere()) ? session : null;
    },
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
