import { createHash } from 'node:crypto';
import { type ContentLink, listContentLinksAsOf, listRelationsAsOf, loadSurroundings } from '@synap/database';
import {
  type EntityId,
  type EntityState,
  RelationId,
  type RelationState,
  RelationType,
  type UserId,
} from '@synap/domain';
import type { Parts } from '../parts.ts';
import { type RelationView, viewRelation } from '../views.ts';

/** The relations of some entities, up to a limit. */
export interface FoundRelations {
  readonly relations: readonly RelationView[];
  /** There are more links in texts than are looked up at once. */
  readonly isTruncated: boolean;
}

/** So many links in texts are looked up at once, unless fewer are wanted. */
const CONTENT_LINKS_MAX = 5_000;

/**
 * The relations that start or end at one of the entities: those that were made, oldest first, and those that stand in
 * texts. One that was made and stands in the text, too, is one.
 */
export async function readRelations(
  { database }: Parts,
  userId: UserId,
  { ids, limit = CONTENT_LINKS_MAX }: { ids: readonly EntityId[]; limit?: number },
): Promise<FoundRelations> {
  const { relations, links, isTruncated } = await loadSurroundings(database.queries, userId, {
    ids,
    limit,
  });
  return { relations: joinRelations(relations, links), isTruncated };
}

/** The same as it was at an instant. @param options.states the entities as they were. */
export async function readRelationsAsOf(
  parts: Parts,
  userId: UserId,
  { states, asOf, limit = CONTENT_LINKS_MAX }: { states: readonly EntityState[]; asOf: Date; limit?: number },
): Promise<FoundRelations> {
  const made = await listRelationsAsOf(parts, userId, { entityIds: states.map(({ id }) => id), asOf });
  const { links, isTruncated } = await listContentLinksAsOf(parts, userId, { states, asOf, limit });
  return { relations: joinRelations(made, links), isTruncated };
}

function joinRelations(made: readonly RelationState[], links: readonly ContentLink[]): RelationView[] {
  const written = new Map(links.map((link) => [keyOf(link), link]));
  const relations = made.map((relation) => {
    const isInContent = relation.type === RelationType.mentions && written.delete(keyOf(relation));
    return viewRelation(relation, { isInContent });
  });
  return [...relations, ...[...written.values()].map(viewContentLink)];
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
