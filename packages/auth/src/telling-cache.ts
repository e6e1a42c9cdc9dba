import type { DBAdapter } from '@better-auth/core/db/adapter';
import type { BetterAuthOptions } from 'better-auth';
import type { SessionCache } from './session-cache.ts';

type MakeAdapter = (options: BetterAuthOptions) => DBAdapter<BetterAuthOptions>;
type Where = Parameters<DBAdapter['deleteMany']>[0]['where'];

/** Nobody has more; without a limit Better Auth finds a hundred. */
const SESSIONS_MAX = 100_000;

/** An adapter by which a session that is changed or ended is so at once, also where it is kept in a cache. */
export function tellingCache(makeAdapter: MakeAdapter, cache: SessionCache): MakeAdapter {
  return (options) => {
    const adapter = makeAdapter(options);
    const telling = async <Result>(
      { model, where }: { model: string; where: Where },
      work: () => Promise<Result>,
    ): Promise<Result> => {
      if (model !== 'session') return work();
      const found = await adapter.findMany<{ token: string }>({ model, where, limit: SESSIONS_MAX });
      return cache.change(
        found.map(({ token }) => token),
        work,
      );
    };
    const told: DBAdapter<BetterAuthOptions> = {
      ...adapter,
      update: (change) => telling(change, () => adapter.update(change)),
      updateMany: (change) => telling(change, () => adapter.updateMany(change)),
      delete: (deletion) => telling(deletion, () => adapter.delete(deletion)),
      deleteMany: (deletion) => telling(deletion, () => adapter.deleteMany(deletion)),
      consumeOne: (deletion) => telling(deletion, () => adapter.consumeOne(deletion)),
      transaction: (work) => work(told),
    };
    return told;
  };
}
