import { type EntityList, listEntitiesAsOf, listEntities as listEntityStates, type Page } from '@synap/database';
import type { UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';
import { type EntityView, viewEntity } from '../views.ts';
import { type PointInTime, refuseFuture } from './as-of.ts';

/**
 * The user's entities, the latest first; now, or as they were at an instant.
 * @throws {ValidationFailed} if the cursor is not one of this list, or the instant is still to come.
 */
export async function listEntities(
  parts: Parts,
  userId: UserId,
  { asOf, ...list }: EntityList & PointInTime,
): Promise<Page<EntityView>> {
  refuseFuture(parts, { asOf });
  const { items, nextCursor } =
    asOf === undefined
      ? await listEntityStates(parts.database.queries, userId, list)
      : await listEntitiesAsOf(parts, userId, { ...list, asOf });
  return { items: items.map(viewEntity), nextCursor };
}
