import { loadEntities, loadEntitiesAsOf } from '@synap/database';
import type { EntityId, EntityState, RelationType, UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';
import { type EntityView, type RelationView, viewEntity } from '../views.ts';
import { type PointInTime, refuseFuture } from './as-of.ts';
import { readState } from './get-entity.ts';
import { type FoundRelations, readRelations, readRelationsAsOf } from './read-relations.ts';

/** A part of the net of things: those within some links of a root, and the links among them. */
export interface Graph {
  root: EntityId;
  nodes: EntityView[];
  edges: RelationView[];
  /** There is more within this depth than one answer holds. */
  isTruncated: boolean;
}

/** More would be no picture any more. */
export const GRAPH_NODES_MAX = 500;

/**
 * What is linked to an entity, over up to `depth` links in either direction; now, or as it was at an instant. What is or
 * was in the trash is left out, unless it is the root.
 *
 * @param graph.types only links of these types; all if left out.
 * @param graph.limit the most things, the root among them; those that are nearer come first.
 * @throws {NotFound} if the user has or had no such entity.
 * @throws {ValidationFailed} if the instant is still to come.
 */
export async function readGraph(
  parts: Parts,
  userId: UserId,
  graph: { root: EntityId; depth: number; types?: readonly RelationType[] | undefined; limit: number } & PointInTime,
): Promise<Graph> {
  const { root, depth, types, limit, asOf } = graph;
  refuseFuture(parts, graph);
  const rootState = await readState(parts, userId, { id: root, asOf });
  const nodes = new Map([[root, rootState]]);
  const edges = new Map<string, RelationView>();
  let frontier: EntityState[] = [rootState];
  let isTruncated = false;
  for (let distance = 0; distance < depth && frontier.length > 0; distance += 1) {
    const { relations, isTruncated: isCut } = await relationsOf(parts, userId, { states: frontier, asOf });
    const links = relations.filter(({ type }) => types === undefined || types.includes(type));
    const ends = [...new Set(links.flatMap(({ sourceId, targetId }) => [sourceId, targetId]))];
    const unknown = ends.filter((id) => !nodes.has(id));
    isTruncated ||= isCut || nodes.size + unknown.length > limit;
    const found = await statesOf(parts, userId, { ids: unknown.slice(0, limit - nodes.size), asOf });
    for (const state of found) if (state.deletedAt === null) nodes.set(state.id, state);
    for (const link of links) if (nodes.has(link.sourceId) && nodes.has(link.targetId)) edges.set(link.id, link);
    frontier = found.filter(({ id }) => nodes.has(id));
  }
  return {
    root,
    nodes: [...nodes.values()].map(viewEntity),
    edges: [...edges.values()],
    isTruncated,
  };
}

function relationsOf(
  parts: Parts,
  userId: UserId,
  { states, asOf }: { states: readonly EntityState[] } & PointInTime,
): Promise<FoundRelations> {
  return asOf === undefined
    ? readRelations(parts, userId, { ids: states.map(({ id }) => id) })
    : readRelationsAsOf(parts, userId, { states, asOf });
}

async function statesOf(parts: Parts, userId: UserId, { ids, asOf }: { ids: readonly EntityId[] } & PointInTime) {
  const states =
    asOf === undefined
      ? await loadEntities(parts.database.queries, userId, ids)
      : await loadEntitiesAsOf(parts, userId, { ids, asOf });
  return [...states.values()];
}
