/**
 * How much each user may keep. To count what somebody keeps is to look at each thing, which nobody waits for at every
 * write. So it is counted once and then added up; it is counted anew when what this process has added is a quarter of
 * the room that was left (others may add as much), after an hour, and always before anything is refused: a refusal is
 * never for room that there is. Several processes together may exceed a quota by what they write at one time.
 */
import { countUsage, type Database, type Usage } from '@synap/database';
import { type Clock, Unprocessable, type UserId } from '@synap/domain';

/** Bounds; `null` is none. */
export interface QuotaLimits {
  readonly items: number | null;
  readonly bytes: number | null;
}

export interface Quota {
  readonly limits: QuotaLimits;
  /** @throws {Unprocessable} if there is no room for this. */
  check(userId: UserId, addition: Usage): Promise<void>;
  /** Takes the room for it. @throws {Unprocessable} if there is none. */
  take(userId: UserId, addition: Usage): Promise<void>;
}

interface Tally extends Usage {
  /** What was taken since it was counted. */
  readonly taken: Usage;
  readonly countedAt: number;
}

const COUNT_AGAIN_AFTER_MS = 60 * 60 * 1000;
/** Whoever is at the limit is counted this often at the most. */
const COUNT_AGAIN_BEFORE_REFUSAL_AFTER_MS = 1000;
const SHARE_OF_ROOM = 4;
const TALLIES_MAX = 10_000;
const NOTHING: Usage = { items: 0, bytes: 0 };

/** Quotas of one process; `limits` hold for each user. */
export function createQuota({
  database,
  clock,
  limits,
}: {
  database: Database;
  clock: Clock;
  limits: QuotaLimits;
}): Quota {
  const tallies = new Map<UserId, Tally>();
  const isFull = (usage: Usage, addition: Usage): boolean =>
    isOver(usage.items, addition.items, limits.items) || isOver(usage.bytes, addition.bytes, limits.bytes);

  const count = async (userId: UserId): Promise<Tally> => {
    const usage = await countUsage(database.queries, userId);
    const tally = { ...usage, taken: NOTHING, countedAt: clock.now().getTime() };
    const [oldest] = tallies.keys();
    if (tallies.size >= TALLIES_MAX && oldest !== undefined) tallies.delete(oldest);
    tallies.set(userId, tally);
    return tally;
  };
  const isStale = (tally: Tally, addition: Usage): boolean => {
    const ageMs = clock.now().getTime() - tally.countedAt;
    if (isFull(tally, addition)) return ageMs >= COUNT_AGAIN_BEFORE_REFUSAL_AFTER_MS;
    const isMuch = isShare(tally, limits.items, 'items') || isShare(tally, limits.bytes, 'bytes');
    return ageMs >= COUNT_AGAIN_AFTER_MS || (isMuch && ageMs >= COUNT_AGAIN_BEFORE_REFUSAL_AFTER_MS);
  };
  const read = async (userId: UserId, addition: Usage): Promise<Tally> => {
    const known = tallies.get(userId);
    return known === undefined || isStale(known, addition) ? count(userId) : known;
  };
  const check = async (userId: UserId, addition: Usage): Promise<void> => {
    if (isFull(await read(userId, addition), addition)) throw refusal(limits);
  };
  return {
    limits,
    check,
    take: async (userId, addition) => {
      await check(userId, addition);
      // It may have been added to while it was counted.
      const tally = tallies.get(userId);
      if (tally === undefined) return;
      if (isFull(tally, addition)) throw refusal(limits);
      tallies.set(userId, { ...tally, ...sumOf(tally, addition), taken: sumOf(tally.taken, addition) });
    },
  };
}

function isOver(used: number, added: number, limit: number | null): boolean {
  return limit !== null && added > 0 && used + added > limit;
}

function isShare(tally: Tally, limit: number | null, measure: keyof Usage): boolean {
  if (limit === null) return false;
  const roomThen = limit - (tally[measure] - tally.taken[measure]);
  return tally.taken[measure] * SHARE_OF_ROOM >= roomThen;
}

function sumOf(one: Usage, other: Usage): Usage {
  return { items: one.items + other.items, bytes: one.bytes + other.bytes };
}

function refusal({ items, bytes }: QuotaLimits): Unprocessable {
  const bounds = [
    ...(items === null ? [] : [`${items} things`]),
    ...(bytes === null ? [] : [`${bytes} bytes of content`]),
  ];
  return new Unprocessable(
    `There is no room for this: an account may keep ${bounds.join(' and ')}. Purge what is in the trash, or ask who runs this server for more.`,
  );
}
