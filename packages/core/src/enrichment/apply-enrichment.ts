import { type LoadedForChange, listAllRelationsOf, listLinkTargets, loadEntityForChange } from '@synap/database';
import {
  type Analysis,
  decideCreateRelation,
  decideEnrich,
  type Enrichment,
  type EntityId,
  type EntityState,
  type EventMetadata,
  RelationId,
  RelationType,
  tagsRemovedByPerson,
  type UserId,
} from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { readState } from '../queries/get-entity.ts';
import type { EntityView } from '../views.ts';
import { viewOnlyEntity } from '../write/change-entity.ts';
import type { RelationChange } from '../write/commit.ts';
import { nothingToPrepare, writeOnce } from '../write/write-once.ts';

/** An analysis, with what it is of. */
export interface AnalysisToApply {
  readonly id: EntityId;
  readonly analysis: Analysis;
  /** Of the content that was analysed. */
  readonly checksum: string;
}

/**
 * Takes over what an analysis is sure of, and suggests what it is less sure of, as events that say which model it was and
 * how sure; never what a person chose, and nothing at all if the content has changed since.
 *
 * @param input.command what it is done for: `ai.enrich` after a capture, `ai.rerun` in bulk.
 * @throws {NotFound} if the user has no such entity.
 */
export function applyEnrichment(
  parts: Parts,
  context: CommandContext,
  input: AnalysisToApply & { command: 'ai.enrich' | 'ai.rerun' },
): Promise<EntityView> {
  const { command, id, analysis, checksum } = input;
  return writeOnce(parts, context, {
    command,
    request: { id, checksum },
    retry: true,
    prepare: nothingToPrepare,
    decide: async () => {
      const before = await loadEntityForChange(parts, context.userId, id);
      const { deltas, links } = await previewEnrichment(parts, context.userId, before, input);
      const by = (confidence: number | undefined): NonNullable<EventMetadata['ai']> => ({
        model: analysis.model,
        inputChecksum: checksum,
        ...(confidence === undefined ? {} : { confidence }),
      });
      const decided = deltas.map(({ delta, confidence }) => ({ delta, ai: by(confidence) }));
      const linked = links.map(({ targetId, confidence }): RelationChange => {
        const id = RelationId.parse(parts.ids.next());
        const link = { type: RelationType.mentions, sourceId: before.state.id, targetId };
        const created = decideCreateRelation(link).map((delta) => ({ delta, ai: by(confidence) }));
        return { aggregate: 'relation', id, before: null, decided: created };
      });
      return { changes: [{ aggregate: 'entity', id, before, decided }, ...linked], answer: viewOnlyEntity };
    },
  });
}

/** The title that a thing has once an analysis is applied to it. */
export async function titleAfterEnrichment(
  parts: Parts,
  userId: UserId,
  { id, ...input }: AnalysisToApply,
): Promise<string> {
  const state = await readState(parts, userId, { id });
  const { deltas } = await previewEnrichment(parts, userId, { state }, input);
  for (const { delta } of deltas) if (delta.type === 'entity.title_changed') return delta.data.newValue;
  return state.title;
}

/** What applying an analysis would do to a thing as it is. */
export async function previewEnrichment(
  parts: Parts,
  userId: UserId,
  { state }: Pick<LoadedForChange<EntityState>, 'state'>,
  { analysis, checksum }: Pick<AnalysisToApply, 'analysis' | 'checksum'>,
): Promise<Enrichment> {
  const { id } = state;
  const events = await parts.log.readAggregate({ userId, aggregateId: id });
  const relations = await listAllRelationsOf(parts.database.queries, userId, id);
  const linkedTo = new Set([
    ...relations.flatMap(({ sourceId, targetId }) => (sourceId === id ? [targetId] : [])),
    ...(await listLinkTargets(parts.database.queries, userId, state)),
  ]);
  return decideEnrich(state, analysis, {
    checksum,
    removedTags: tagsRemovedByPerson(events),
    linkedTo,
    ids: parts.ids,
  });
}
