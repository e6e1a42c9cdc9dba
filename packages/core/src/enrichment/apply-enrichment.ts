import { loadEntityForChange } from '@synap/database';
import { type Analysis, decideEnrich, type EntityId } from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { type EntityView, viewEntity } from '../views.ts';
import { commitEntity } from '../write/commit.ts';
import { writeOnce } from '../write/write-once.ts';

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
  const command = 'ai.enrich';
  return writeOnce(parts, context, {
    request: { command, id, checksum },
    retry: true,
    prepare: () => Promise.resolve(),
    write: async (transaction) => {
      const before = await loadEntityForChange(transaction, context.userId, id);
      const decided = decideEnrich(before.state, analysis, checksum).map(({ delta, confidence }) => ({
        delta,
        ai: { model: analysis.model, inputChecksum: checksum, ...(confidence === undefined ? {} : { confidence }) },
      }));
      return viewEntity(await commitEntity(parts, transaction, { context, command, id, before, decided }));
    },
  });
}
