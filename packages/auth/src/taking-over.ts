import type { DBAdapter } from '@better-auth/core/db/adapter';
import type { BetterAuthOptions } from 'better-auth';
import { APIError } from 'better-auth/api';

type MakeAdapter = (options: BetterAuthOptions) => DBAdapter<BetterAuthOptions>;

/**
 * An adapter that makes the first account of the user who was here before there were accounts: an account that comes with
 * an id is that user's, see `sign-up.ts`. One statement takes the user over, and only while they have no address, so of
 * many who sign up at once it is one who does.
 */
export function takingOver(makeAdapter: MakeAdapter): MakeAdapter {
  return (options) => {
    const adapter = makeAdapter(options);
    const create: DBAdapter['create'] = async (creation) => {
      const { id, createdAt: _createdAt, ...update }: Record<string, unknown> = creation.data;
      if (creation.model !== 'user' || typeof id !== 'string') return adapter.create(creation);
      const where = [
        { field: 'id', value: id },
        { field: 'email', value: null },
      ];
      const taken = await adapter.update<never>({ model: 'user', where, update });
      if (taken === null) throw new APIError('FORBIDDEN', { code: 'SIGN_UP_CLOSED', message: 'Somebody was quicker.' });
      return taken;
    };
    // Nothing of Better Auth's runs in a transaction: it would hash passwords in it, with the embedded database waiting.
    const taking: DBAdapter<BetterAuthOptions> = { ...adapter, create, transaction: (work) => work(taking) };
    return taking;
  };
}
