import type { UserId } from '@synap/domain';

/** One thing that may be kept. */
export interface CacheEntry {
  /** What it is of. What is one user's begins with their id; what signs somebody in is named by its hash. */
  readonly name: string;
  /** How long it is kept, if it is not changed. */
  readonly keepMs: number;
}

/**
 * Keeps what was read from the database, so that it need not be read again.
 *
 * The promise: a read that begins after `change` has resolved never gives what was there before, in no process that shares
 * the database. So whoever writes what is read through a cache writes it in `change`. What a cache cannot promise, it
 * does not do: it reads from the database instead.
 */
export interface Cache {
  /**
   * What is kept, or else what `load` gives, which is then kept; `null` is not.
   * @param load gives JSON: what is kept comes back as such.
   * @param mayKeep whether this is to be kept at all.
   */
  read<Value>(entry: CacheEntry, load: () => Promise<Value>, mayKeep?: (value: Value) => boolean): Promise<Value>;
  /**
   * Does some work that changes what these entries are of. From before it until after it nobody is given what is kept of
   * them, and nobody keeps what they have read meanwhile.
   * @throws {Unavailable} if the work is done, and the other processes cannot be kept from what is no more.
   */
  change<Result>(entries: readonly CacheEntry[], work: () => Promise<Result>): Promise<Result>;
  /** Forgets all that is one user's. @returns how much that was; `null` if it is out of reach, and ends by itself. */
  forget(userId: UserId): Promise<number | null>;
  /** How much is kept that is one user's; `null` if it is out of reach. */
  count(userId: UserId): Promise<number | null>;
  /** Forgets everything; for when rows have changed that nobody wrote. */
  clear(): Promise<void>;
  /** Where things are kept at this moment, in words. */
  describe(): string;
}

/** Keeps nothing. @param why in words. */
export function createNoCache(why: string): Cache {
  return {
    read: (_entry, load) => load(),
    change: (_entries, work) => work(),
    forget: async () => 0,
    count: async () => 0,
    clear: async () => undefined,
    describe: () => why,
  };
}
