import { findRelation, loadEntity, loadRelation, readStreamHead } from '@synap/database';
import {
  decideCreateRelation,
  decideDeleteRelation,
  type EntityId,
  NotFound,
  RelationId,
  type RelationType,
} from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { type RelationView, viewRelation } from '../views.ts';
import { commitRelation } from '../write/commit.ts';
import { writeOnce } from '../write/write-once.ts';

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
  const command = 'relations.create';
  return writeOnce(parts, context, {
    request: { command, request: input },
    retry: false,
    prepare: () => Promise.resolve(),
    write: async (transaction) => {
      const decided = decideCreateRelation(input).map((delta) => ({ delta }));
      await loadEntity(transaction, context.userId, input.sourceId);
      await loadEntity(transaction, context.userId, input.targetId);
      const existing = await findRelation(transaction, context.userId, input);
      if (existing !== null) return viewRelation(existing);
      const id = RelationId.parse(parts.ids.next());
      const change = { context, command, id, before: null, decided };
      return viewRelation(await commitRelation(parts, transaction, change));
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
  const command = 'relations.delete';
  const { id } = input;
  return writeOnce(parts, context, {
    request: { command, request: input },
    retry: true,
    prepare: () => Promise.resolve(),
    write: async (transaction) => {
      const head = await readStreamHead(transaction, { userId: context.userId, aggregateId: id });
      const state = await loadRelation(transaction, context.userId, id);
      if (head === null) throw new NotFound('relation', id);
      const decided = decideDeleteRelation(state).map((delta) => ({ delta }));
      const before = { state, head };
      return viewRelation(await commitRelation(parts, transaction, { context, command, id, before, decided }));
    },
  });
}
