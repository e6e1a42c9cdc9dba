import { loadEntityForChange } from '@synap/database';
import { type Analysis, decideEnrich, type EntityId } from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import type { EntityView } from '../views.ts';
import { viewOnlyEntity } from '../write/change-entity.ts';
import { nothingToPrepare, writeOnce } from '../write/write-once.ts';

/**
 * Takes over what an analysis is sure of, as events that say which model it was and how sure; never what a person
 * chose, and nothing at all if the content has changed since.
 *
 * @throws {NotFound} if the user has no such entity.
 */
export function applyEnrichment(
  parts: Parts,
  context: CommandContext,
  { id, analysis, checksum }: { id: EntityId; analysis: Analysis; checksum: string },
): Promise<EntityView> {
  return writeOnce(parts, context, {
    command: 'ai.enrich',
    request: { id, checksum },
    retry: true,
    prepare: nothingToPrepare,
    decide: async () => {
      const before = await loadEntityForChange(parts, context.userId, id);
      const decided = decideEnrich(before.state, analysis, checksum).map(({ delta, confidence }) => ({
        delta,
        ai: { model: analysis.model, inputChecksum: checksum, ...(confidence === undefined ? {} : { confidence }) },
      }));
      return { changes: [{ aggregate: 'entity', id, before, decided }], answer: viewOnlyEntity };
    },
  });
}
