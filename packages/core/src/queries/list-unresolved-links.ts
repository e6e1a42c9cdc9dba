import { listUnresolvedLinks as listLinks, type UnresolvedLink } from '@synap/database';
import type { UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';

/** The links in the user's texts that lead nowhere yet, those in the most texts first. */
export function listUnresolvedLinks(
  { database }: Parts,
  userId: UserId,
  options: { limit: number },
): Promise<UnresolvedLink[]> {
  return listLinks(database.queries, userId, options);
}
