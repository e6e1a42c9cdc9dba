import { createHash } from 'node:crypto';
import {
  type ContentLink,
  listContentLinksAsOf,
  listContentLinksOf,
  listRelationsAsOf,
  listRelationsOf,
} from '@synap/database';
import { type EntityId, type EntityState, RelationId, RelationType, type UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';
import { type RelationView, viewRelation } from '../views.ts';
import type { PointInTime } from './as-of.ts';

/** The relations of some entities, up to a limit. */
export interface FoundRelations {
  readonly relations: readonly RelationView[];
  /** There are more links in texts than are looked up at once. */
  readonly isTruncated: boolean;
}

/** So many links in texts are looked up at once, unless fewer are wanted. */
const CONTENT_LINKS_MAX = 5_000;

/**
 * The relations that start or end at one of the entities, now or at an instant: those that were made, oldest first, and
 * those that stand in texts. One that was made and stands in the text, too, is one.
 *
 * @param options.states the entities as they are or were.
 */
export async function readRelations(
  parts: Parts,
  userId: UserId,
  { states, asOf, limit = CONTENT_LINKS_MAX }: { states: readonly EntityState[]; limit?: number } & PointInTime,
): Promise<FoundRelations> {
  const entityIds = states.map(({ id }) => id);
  const { queries } = parts.database;
  const asked = { states, limit };
  const made =
    asOf === undefined
      ? await listRelationsOf(queries, userId, entityIds)
      : await listRelationsAsOf(parts, userId, { entityIds, asOf });
  const { links, isTruncated } =
    asOf === undefined
      ? await listContentLinksOf(queries, userId, asked)
      : await listContentLinksAsOf(parts, userId, { ...asked, asOf });
  const written = new Map(links.map((link) => [keyOf(link), link]));
  const relations = made.map((relation) => {
    const isInContent = relation.type === RelationType.mentions && written.delete(keyOf(relation));
    return viewRelation(relation, { isInContent });
  });
  return { relations: [...relations, ...[...written.values()].map(viewContentLink)], isTruncated };
}

function keyOf({ sourceId, targetId }: { sourceId: EntityId; targetId: EntityId }): string {
  return `${sourceId} ${targetId}`;
}

/** A link in a text as a relation; the same link has always the same id. */
function viewContentLink({ sourceId, targetId, sourceUpdatedAt }: ContentLink): RelationView {
  const hash = createHash('sha256').update(`${sourceId} ${targetId}`).digest('hex');
  // In the form of a UUID of version 7 with the time of the thing that has the link.
  const id = `${sourceId.slice(0, 14)}7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
  return {
    id: RelationId.parse(id),
    type: RelationType.mentions,
    sourceId,
    targetId,
    isInContent: true,
    createdAt: sourceUpdatedAt.toISOString(),
  };
}
