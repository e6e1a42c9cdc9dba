import { ConcurrencyConflict } from '@synap/domain';
import { databaseFailure } from '../connection/database-failure.ts';

/*
 * Group commit: what a transaction costs beside its rows (a round trip, a plan, a flush of the journal) is shared by the
 * writes that come at the same time. A write that comes while there is a free place goes at once; those that come while
 * all places are taken wait for the next, and then go together.
 *
 * Each write keeps its own fate. If a group fails, nothing of it is there: a write that the failure names is told so,
 * and the others go again without it; where it names none, each goes by itself. Only what is lost with the connection is
 * not repeated, since it may have been committed: all of the group are told, as a single one would be.
 *
 * Writes of the same stream, or under the same key, never are in two groups at a time: they would only wait for each
 * other, and keep the rest of their groups waiting.
 */

/** Groups that are committed at the same time: one is in the database while another is on its way. */
const GROUPS_UNDER_WAY = 2;
/** Writes of a group, at the most: many enough to share the costs, few enough that nobody waits for long. */
const GROUP_MAX_WRITES = 32;
/** A write of more streams than this goes by itself: an import shares nothing worth waiting for. */
const GROUPED_MAX_STREAMS = 16;

/** What a group needs to know of a write. */
export interface GroupedWrite {
  /** The streams that it appends to. */
  readonly streamIds: readonly string[];
  /** The idempotency key that it takes, if any, by a name that no other user's key has. */
  readonly key: string | null;
}

interface Waiting<Write, Result> {
  readonly write: Write;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes a commit of single writes from one that commits several, all or none.
 *
 * @param commit gives a result for each write, in their order.
 */
export function groupCommits<Write extends GroupedWrite, Result>(
  commit: (writes: readonly Write[]) => Promise<readonly Result[]>,
): (write: Write) => Promise<Result> {
  type Member = Waiting<Write, Result>;
  let waiting: Member[] = [];
  const claimed = new Set<string>();
  let underWay = 0;

  const commitGroup = async (group: readonly Member[]): Promise<void> => {
    try {
      const results = await commit(group.map(({ write }) => write));
      for (const [index, result] of results.entries()) group[index]?.resolve(result);
    } catch (error) {
      const { failed, again } = sortOut(group, error);
      for (const { reject } of failed) reject(error);
      for (const rest of again) await commitGroup(rest);
    }
  };

  const start = (): void => {
    while (underWay < GROUPS_UNDER_WAY) {
      const group = takeGroup(waiting, claimed);
      if (group.length === 0) return;
      waiting = waiting.filter((member) => !group.includes(member));
      const claims = group.flatMap(({ write }) => claimsOf(write));
      for (const claim of claims) claimed.add(claim);
      underWay += 1;
      void commitGroup(group).finally(() => {
        underWay -= 1;
        for (const claim of claims) claimed.delete(claim);
        start();
      });
    }
  };

  return (write) =>
    new Promise((resolve, reject) => {
      waiting.push({ write, resolve, reject });
      start();
    });
}

/** The first of those who wait and may go now, with as many of the next as may go with it. */
function takeGroup<Member extends { write: GroupedWrite }>(
  waiting: readonly Member[],
  claimed: ReadonlySet<string>,
): Member[] {
  const group: Member[] = [];
  const taken = new Set(claimed);
  for (const member of waiting) {
    const claims = claimsOf(member.write);
    const isFree = claims.every((claim) => !taken.has(claim));
    // Who must wait keeps its place before those who want the same.
    for (const claim of claims) taken.add(claim);
    if (!isFree) continue;
    const isSmall = member.write.streamIds.length <= GROUPED_MAX_STREAMS;
    if (group.length === 0 && !isSmall) return [member];
    if (isSmall) group.push(member);
    if (group.length === GROUP_MAX_WRITES) break;
  }
  return group;
}

function claimsOf({ streamIds, key }: GroupedWrite): string[] {
  const streams = streamIds.map((id) => `stream ${id}`);
  return key === null ? streams : [...streams, `key ${key}`];
}

/** Of a group that failed: who is told of the error, and what is tried again. */
function sortOut<Member extends { write: GroupedWrite }>(
  group: readonly Member[],
  error: unknown,
): { failed: readonly Member[]; again: readonly (readonly Member[])[] } {
  if (group.length === 1 || databaseFailure(error) !== null) return { failed: group, again: [] };
  const named = group.filter(
    ({ write }) => error instanceof ConcurrencyConflict && write.streamIds.includes(error.aggregateId),
  );
  if (named.length === 0) return { failed: [], again: group.map((member) => [member]) };
  return { failed: named, again: [group.filter((member) => !named.includes(member))] };
}
