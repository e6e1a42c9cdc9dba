import { loadEntityForChange } from '@synap/database';
import { decideRevert, foldEntity, NotFound, Unprocessable } from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import type { EntityView } from '../views.ts';
import { type EntityChangeInput, refuseOtherVersion, viewOnlyEntity } from '../write/change-entity.ts';
import { nothingToPrepare, writeOnce } from '../write/write-once.ts';

/**
 * Makes an entity what it was at an earlier version: its type, title, content, tags, what it is as a task, and whether
 * it is in the trash. What it was meanwhile stays in its history, and can be gone back to as well.
 *
 * @throws {NotFound} if there is no such entity of this user.
 * @throws {Unprocessable} if it never had that version.
 * @throws {ConcurrencyConflict} if it is not at the expected version.
 */
export function revertEntity(
  parts: Parts,
  context: CommandContext,
  input: EntityChangeInput & { toVersion: number },
): Promise<EntityView> {
  const { id, expectedVersion, toVersion } = input;
  return writeOnce(parts, context, {
    command: 'entities.revert',
    request: input,
    retry: expectedVersion === undefined,
    prepare: nothingToPrepare,
    decide: async () => {
      const before = await loadEntityForChange(parts, context.userId, id);
      refuseOtherVersion(before.state, expectedVersion);
      if (toVersion > before.state.version) {
        throw new Unprocessable(`It has no version ${toVersion}: it is at version ${before.state.version}.`);
      }
      const events = await parts.log.readAggregate({ userId: context.userId, aggregateId: id });
      const target = foldEntity(events.slice(0, toVersion));
      if (target === null) throw new NotFound(`version ${toVersion} of entity`, id);
      const decided = decideRevert(before.state, target, { now: parts.clock.now() }).map((delta) => ({ delta }));
      return { changes: [{ aggregate: 'entity', id, before, decided }], answer: viewOnlyEntity };
    },
  });
}
