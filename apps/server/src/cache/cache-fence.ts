import { setTimeout as delay } from 'node:timers/promises';
import { type Queryable, raiseCacheFence, readCacheFence } from '@synap/database';

/*
 * Lets a process that cannot reach the cache keep all others from it, so that what it writes is seen at once all the same.
 *
 * Whoever reads from the cache has a permit, which the database gave, and which is good for a second from when it was
 * asked for (a lease, as of Gray and Cheriton 1989: it runs out by itself, whoever is out of reach). Whoever cannot tell
 * the cache what is changing raises the fence in the database and waits until all permits are over that were given before.
 * From then on nobody reads from the cache until the fence is down, which it is by itself unless it is raised again; and
 * what was kept before counts no more.
 */

/** In milliseconds; the same in all processes. */
export interface FenceTimes {
  /** How long a permit is good for, which is how long the first write waits that finds the cache out of reach. */
  readonly permitMs: number;
  /** How long a fence is up, if it is not raised again. */
  readonly fenceMs: number;
}

const TIMES: FenceTimes = { permitMs: 1000, fenceMs: 20_000 };
/** A permit of this age is renewed, while it is still used. */
const RENEWED_PERMIT_AGE = 0.5;
/** Waited for beyond a permit's time, since clocks do not run alike. */
const PERMIT_MARGIN = 1.1;
/** So much of its time a fence counts as up for whoever raised it; and then it has been raised again long since. */
const FENCE_SHARE = 0.75;
const RAISED_AGAIN_AGE = 0.4;

export interface CacheFence {
  /** The generation that may be read from the cache and kept in it at this moment; `null` if nothing may. */
  permit(): Promise<string | null>;
  /** Resolves when no process reads from the cache any more, nor will for some seconds. @throws what the database does. */
  raise(): Promise<void>;
  /** Resolves when no process reads any more what was kept until now. @throws what the database does. */
  renew(): Promise<void>;
}

/** The fence that all processes share which share this database. */
export function createCacheFence(queries: Queryable, { permitMs, fenceMs }: FenceTimes = TIMES): CacheFence {
  const now = (): number => performance.now();
  let permit: { readonly generation: string | null; readonly askedAt: number } | null = null;
  let asking: Promise<void> | null = null;
  let raising: Promise<void> | null = null;
  /** When this process last raised it; `null` if it is down. */
  let raisedAt: number | null = null;

  const ask = (): Promise<void> => {
    const askedAt = now();
    asking ??= readCacheFence(queries)
      .then(({ generation, isRaised }) => {
        permit = { generation: isRaised ? null : generation, askedAt };
      })
      .finally(() => {
        asking = null;
      });
    return asking;
  };
  const age = (): number => (permit === null ? Number.POSITIVE_INFINITY : now() - permit.askedAt);
  const isUp = (share = FENCE_SHARE): boolean => raisedAt !== null && now() - raisedAt < fenceMs * share;
  const permitsRunOut = (): Promise<void> => delay(permitMs * PERMIT_MARGIN);

  const raiseNow = async (): Promise<void> => {
    const startedAt = now();
    const wasUp = isUp();
    await raiseCacheFence(queries, { forMs: fenceMs });
    permit = null;
    // While it was up, no permits were given.
    if (!wasUp || !isUp()) await permitsRunOut();
    raisedAt = startedAt;
  };
  return {
    permit: async () => {
      // Where the database does not answer, the read itself will say so.
      if (age() >= permitMs) await ask().catch(() => undefined);
      else if (age() >= permitMs * RENEWED_PERMIT_AGE) void ask().catch(() => undefined);
      return age() < permitMs ? (permit?.generation ?? null) : null;
    },
    raise: async () => {
      if (isUp(RAISED_AGAIN_AGE)) return;
      // Once more if it took so long that it may be down again.
      do {
        raising ??= raiseNow().finally(() => {
          raising = null;
        });
        await raising;
      } while (!isUp());
    },
    renew: async () => {
      await raiseCacheFence(queries, { forMs: 0 });
      permit = null;
      await permitsRunOut();
    },
  };
}
