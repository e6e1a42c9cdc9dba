import { listTags, loadUserState, type TagCount } from '@synap/database';
import type { UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';

/** A tag with its colour, and how many things carry it. */
export interface TagView extends TagCount {
  /** As `#1e90ff`; `null` for none of its own. */
  colour: string | null;
}

/**
 * The user's tags with how many things carry each, the most used first.
 * @param options.below only this tag and those below it.
 */
export async function listTagCounts(
  { database }: Parts,
  userId: UserId,
  options: { limit: number; below?: string | undefined },
): Promise<TagView[]> {
  const counts = await listTags(database.queries, userId, options);
  const colours = new Map(Object.entries((await loadUserState(database.queries, userId))?.tagColours ?? {}));
  return counts.map((each) => ({ ...each, colour: colours.get(each.name) ?? null }));
}
