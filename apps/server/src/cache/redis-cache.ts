import { type Cache, type CacheEntry, entriesOf, type SecretBox } from '@synap/core';
import { SynapError, Unavailable } from '@synap/domain';
import type { CacheFence } from './cache-fence.ts';
import type { RedisSlots } from './redis-slots.ts';

/*
 * Keeps things in Redis, for all processes that share it and the database. `redis-scripts.ts` says how a change and the
 * reads around it keep out of each other's way. Redis may lose what it has, but must not bring back what it had:
 *
 *   it is out of reach    reads go to the database; a change raises the fence, see `cache-fence.ts`
 *   it has restarted      what it has saved counts no more, for the tag names the run; a change that spans the restart
 *                         takes away at its end whatever was kept meanwhile, or raises the fence
 *   it evicts something   that is read again; a ticket that is gone keeps nothing
 */

/** More than this is read again. */
const SEALED_MAX_LENGTH = 256 * 1024;

/** @param parts.box of the same secret in all processes: what is kept is readable for them alone. */
export function createRedisCache(parts: { slots: RedisSlots; fence: CacheFence; box: SecretBox }): Cache {
  const { slots, fence } = parts;
  const { open, close } = createEnvelope(parts.box);

  /** Under which tag things count at this moment; `null` if nothing does. */
  const readTag = async (): Promise<string | null> => {
    const generation = slots.isInReach() ? await fence.permit() : null;
    // The run comes last, since what is asked next must be asked of that very run.
    const run = generation === null ? null : await slots.readRun();
    return run === null ? null : `${generation}.${run}`;
  };

  return {
    read: async (entry, load, mayKeep = () => true) => {
      const { name, keepMs } = entry;
      const tag = await readTag();
      const found = tag === null ? null : await slots.look(name, tag);
      if (tag === null || found === null) return load();
      if ('kept' in found) {
        const opened = open(`${tag} ${name}`, found.kept);
        // Under this name lies what this very read gave.
        return opened === null ? load() : opened.value;
      }
      const value = await load();
      if (value === null || !mayKeep(value)) return value;
      const text = close(`${tag} ${name}`, { value, keepMs });
      if (text.length <= SEALED_MAX_LENGTH) await slots.keep(name, { tag, ticket: found.ticket, text, keepMs });
      return value;
    },
    change: async (entries, work) => {
      if (entries.length === 0) return work();
      const names = entries.map(({ name }) => name);
      const isTold = slots.isInReach() && (await slots.beginChange(names));
      if (!isTold) await fence.raise();
      const result = await work().catch(async (error: unknown) => {
        // What is refused has not happened. What became of anything else nobody knows: so nothing is kept for a while.
        if (isTold && isRefusal(error)) await slots.endChange(names);
        throw error;
      });
      if (!isTold || !(await slots.endChange(names))) await fence.raise();
      return result;
    },
    forget: async (userId) => {
      const removed = await slots.empty(entriesOf(userId));
      if (removed === null) await fence.raise();
      return removed;
    },
    count: (userId) => slots.count(entriesOf(userId)),
    clear: () => fence.renew(),
    describe: () => (slots.isInReach() ? 'in Redis' : 'nothing is kept while Redis does not answer'),
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof SynapError && !(error instanceof Unavailable);
}

/** What is kept, sealed together with the instant until which it may be given: nobody can put it back after that. */
function createEnvelope(box: SecretBox) {
  const purpose = (label: string): string => `cache ${label}`;
  return {
    close: (label: string, { value, keepMs }: { value: unknown; keepMs: CacheEntry['keepMs'] }): string =>
      box.seal(purpose(label), JSON.stringify({ until: Date.now() + keepMs, value })),
    open: (label: string, sealed: string) => {
      try {
        const { until, value } = JSON.parse(box.open(purpose(label), sealed));
        return until > Date.now() ? { value } : null;
      } catch (error) {
        // It is none of ours, and as good as nothing.
        if (error instanceof Unavailable) return null;
        throw error;
      }
    },
  };
}
