import { findRelation, loadEntity, loadRelationForChange } from '@synap/database';
import {
  decideCreateRelation,
  decideDeleteRelation,
  type EntityId,
  RelationId,
  type RelationType,
} from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { type RelationView, viewRelation } from '../views.ts';
import type { ChangedStates } from '../write/commit.ts';
import { nothingToPrepare, writeOnce } from '../write/write-once.ts';

/**
 * Links two of the user's entities. A link that is there already is given as it is.
 * @throws {NotFound} if either is not the user's.
 * @throws {Unprocessable} if both are the same.
 */
export function createRelation(
  parts: Parts,
  context: CommandContext,
  input: { type: RelationType; sourceId: EntityId; targetId: EntityId },
): Promise<RelationView> {
  const { userId } = context;
  return writeOnce(parts, context, {
    command: 'relations.create',
    request: input,
    retry: true,
    prepare: nothingToPrepare,
    decide: async () => {
      const decided = decideCreateRelation(input).map((delta) => ({ delta }));
      const { queries } = parts.database;
      await loadEntity(queries, userId, input.sourceId);
      await loadEntity(queries, userId, input.targetId);
      const existing = await findRelation(queries, userId, input);
      if (existing !== null) return { changes: [], answer: () => viewRelation(existing) };
      const id = RelationId.parse(parts.ids.next());
      return { changes: [{ aggregate: 'relation', id, before: null, decided }], answer: viewOnlyRelation };
    },
  });
}

/**
 * Takes a link away.
 * @throws {NotFound} if it is not the user's.
 */
export function deleteRelation(
  parts: Parts,
  context: CommandContext,
  input: { id: RelationId },
): Promise<RelationView> {
  const { id } = input;
  return writeOnce(parts, context, {
    command: 'relations.delete',
    request: input,
    retry: true,
    prepare: nothingToPrepare,
    decide: async () => {
      const before = await loadRelationForChange(parts, context.userId, id);
      const decided = decideDeleteRelation(before.state).map((delta) => ({ delta }));
      return { changes: [{ aggregate: 'relation', id, before, decided }], answer: viewOnlyRelation };
    },
  });
}

function viewOnlyRelation({ relations: [state] }: ChangedStates): RelationView {
  if (state === undefined) throw new Error('A relation was to be changed, and there is none.');
  return viewRelation(state);
}
