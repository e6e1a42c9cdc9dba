import { type EntityFilter, type EntityOrder, listEntities as listEntityStates, type Page } from '@synap/database';
import type { UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';
import { type EntityView, viewEntity } from '../views.ts';

/**
 * The user's entities, the latest first.
 * @throws {ValidationFailed} if the cursor is not one of this list.
 */
export async function listEntities(
  { database }: Parts,
  userId: UserId,
  list: { filter: EntityFilter; order: EntityOrder; limit: number; cursor?: string | undefined },
): Promise<Page<EntityView>> {
  const { items, nextCursor } = await listEntityStates(database.queries, userId, list);
  return { items: items.map(viewEntity), nextCursor };
}
