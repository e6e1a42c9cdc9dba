import { listTags, type TagCount } from '@synap/database';
import type { UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';

/**
 * The user's tags with how many things carry each, the most used first.
 * @param options.below only this tag and those below it.
 */
export function listTagCounts(
  { database }: Parts,
  userId: UserId,
  options: { limit: number; below?: string | undefined },
): Promise<TagCount[]> {
  return listTags(database.queries, userId, options);
}
