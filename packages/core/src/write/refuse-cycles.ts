import { loadEntities, relationsReachedFrom } from '@synap/database';
import {
  type EntityId,
  findCycle,
  isAcyclic,
  type RelationEnds,
  type RelationId,
  type RelationType,
  Unprocessable,
  type UserId,
} from '@synap/domain';
import type { Parts } from '../parts.ts';
import type { Change, RelationChange } from './commit.ts';

/**
 * Refuses changes after which something would contain or block itself, over whatever many others. The statement that
 * stores them looks once more, for what others write at the same moment.
 * @throws {Unprocessable} naming the things of the circle.
 */
export async function refuseCycles(parts: Parts, userId: UserId, changes: readonly Change[]): Promise<void> {
  const relations = changes.filter((change) => change.aggregate === 'relation').map(outcomeOf);
  const added = relations.filter(({ isThere, wasThere, ends }) => isThere && !wasThere && isAcyclic(ends.type));
  if (added.length === 0) return;
  const changed = new Set(relations.map(({ id }) => id));
  const pending = relations.filter(({ isThere }) => isThere).map(({ ends }) => ends);
  for (const type of new Set(added.map(({ ends }) => ends.type))) {
    const ids = added.filter(({ ends }) => ends.type === type).map(({ ends }) => ends.targetId);
    const reached = await relationsReachedFrom(parts.database.queries, userId, { type, ids: [...new Set(ids)] });
    const present = reached.filter(({ id }) => !changed.has(id)).map((ends) => ({ type, ...ends }));
    for (const { ends } of added) {
      const cycle = ends.type === type ? findCycle(ends, [...present, ...pending]) : null;
      if (cycle !== null) throw await refusal(parts, userId, { type, cycle });
    }
  }
}

interface Outcome {
  readonly id: RelationId;
  readonly ends: RelationEnds;
  readonly wasThere: boolean;
  readonly isThere: boolean;
}

/** What becomes of a relation. */
function outcomeOf({ id, before, decided }: RelationChange): Outcome {
  let isThere = before !== null && before.state.deletedAt === null;
  let ends: RelationEnds | null = before?.state ?? null;
  for (const { delta } of decided) {
    if (delta.type === 'relation.created') {
      const { relationType: type, sourceId, targetId } = delta.data;
      ends = { type, sourceId, targetId };
    }
    isThere = delta.type === 'relation.created' || delta.type === 'relation.restored';
  }
  if (ends === null) throw new Error(`Nothing was decided for the new relation ${id}.`);
  return { id, ends, isThere, wasThere: before !== null && before.state.deletedAt === null };
}

async function refusal(
  { database }: Parts,
  userId: UserId,
  { type, cycle }: { type: RelationType; cycle: readonly EntityId[] },
): Promise<Unprocessable> {
  const states = await loadEntities(database.queries, userId, cycle);
  const path = cycle.map((id) => `“${states.get(id)?.title ?? id}”`).join(` ${type} `);
  return new Unprocessable(`That would lead in a circle: ${path}. Take one of these relations away first.`);
}
