import { loadEntityForChange } from '@synap/database';
import { ConcurrencyConflict, type EntityDelta, type EntityId, type EntityState } from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { type EntityView, viewEntity } from '../views.ts';
import type { ChangedStates } from './commit.ts';
import { nothingToPrepare, writeOnce } from './write-once.ts';

/** What every change of an entity says beside the change itself. */
export interface EntityChangeInput {
  readonly id: EntityId;
  /** The version that the caller has seen; left out, the change is made to whatever is there. */
  readonly expectedVersion?: number | undefined;
}

/**
 * Changes one entity: reads it, lets `decide` say what happens, and commits that.
 *
 * @param request the command's whole input, for idempotency.
 * @throws {NotFound} if there is no such entity of this user.
 * @throws {ConcurrencyConflict} if it is not at the expected version.
 */
export function changeEntity(
  parts: Parts,
  context: CommandContext,
  change: EntityChangeInput & { command: string; request: unknown; decide: (state: EntityState) => EntityDelta[] },
): Promise<EntityView> {
  const { id, expectedVersion, command, request, decide } = change;
  return writeOnce(parts, context, {
    command,
    request,
    retry: expectedVersion === undefined,
    prepare: nothingToPrepare,
    decide: async () => {
      const before = await loadEntityForChange(parts, context.userId, id);
      refuseOtherVersion(before.state, expectedVersion);
      const decided = decide(before.state).map((delta) => ({ delta }));
      return { changes: [{ aggregate: 'entity', id, before, decided }], answer: viewOnlyEntity };
    },
  });
}

/** @throws {ConcurrencyConflict} if a version is expected and it is another. */
export function refuseOtherVersion({ id, version }: EntityState, expectedVersion: number | undefined): void {
  if (expectedVersion !== undefined && expectedVersion !== version) {
    throw new ConcurrencyConflict({ aggregateId: id, expectedVersion, currentVersion: version });
  }
}

/** The answer of a write of one entity: what it is now. */
export function viewOnlyEntity({ entities: [state] }: ChangedStates): EntityView {
  if (state === undefined) throw new Error('An entity was to be changed, and there is none.');
  return viewEntity(state);
}
