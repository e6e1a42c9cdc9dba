import type { EntityId } from '../ids.ts';
import { RelationType } from '../vocabulary.ts';
import type { RelationState } from './relation.ts';

/** One end of a relation to the other. */
export type RelationEnds = Pick<RelationState, 'type' | 'sourceId' | 'targetId'>;

const ACYCLIC: ReadonlySet<RelationType> = new Set([RelationType.contains, RelationType.blocks]);

/** Whether relations of a type may not lead in a circle: nothing contains itself, or waits for itself, over others. */
export function isAcyclic(type: RelationType): boolean {
  return ACYCLIC.has(type);
}

/**
 * The circle that a relation closes: from its source over its target back to its source, by relations of its type.
 *
 * @param others the relations that are there beside it; of those that it closes a circle with, one of the shortest is found.
 * @returns `null` if it closes none, or is of a type that may lead in a circle.
 */
export function findCycle(relation: RelationEnds, others: readonly RelationEnds[]): EntityId[] | null {
  const { type, sourceId, targetId } = relation;
  if (!isAcyclic(type)) return null;
  const next = targetsBySource(others.filter((other) => other.type === type));
  const cameFrom = new Map<EntityId, EntityId>([[targetId, sourceId]]);
  // A map is gone through in the order of its entries, those added on the way among them: the nearest first.
  for (const [id] of cameFrom) {
    if (id === sourceId) return pathTo(sourceId, cameFrom);
    for (const target of next.get(id) ?? []) if (!cameFrom.has(target)) cameFrom.set(target, id);
  }
  return null;
}

function targetsBySource(relations: readonly RelationEnds[]): Map<EntityId, EntityId[]> {
  const targets = new Map<EntityId, EntityId[]>();
  for (const { sourceId, targetId } of relations) {
    const known = targets.get(sourceId);
    if (known === undefined) targets.set(sourceId, [targetId]);
    else known.push(targetId);
  }
  return targets;
}

function pathTo(end: EntityId, cameFrom: ReadonlyMap<EntityId, EntityId>): EntityId[] {
  const path = [end];
  for (let id = cameFrom.get(end); id !== undefined; id = cameFrom.get(id)) {
    path.unshift(id);
    if (id === end) break;
  }
  return path;
}
