import { listTags, type TagCount } from '@synap/database';
import type { UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';

/** The user's tags with how many things carry each, the most used first. */
export function listTagCounts({ database }: Parts, userId: UserId, { limit }: { limit: number }): Promise<TagCount[]> {
  return listTags(database.queries, userId, { limit });
}
