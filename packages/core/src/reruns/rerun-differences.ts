import { listRerunItems, loadEntities, loadRerun } from '@synap/database';
import {
  type Enrichment,
  type EntityId,
  type EntityState,
  type RerunId,
  type SuggestedValue,
  startOf,
  type UserId,
} from '@synap/domain';
import { previewEnrichment } from '../enrichment/apply-enrichment.ts';
import type { Parts } from '../parts.ts';
import { presentValue } from '../queries/list-suggestions.ts';
import { type EntityView, viewEntity } from '../views.ts';

/** What a rerun says differently of one field. */
export interface FieldDifference {
  field: SuggestedValue['field'];
  /** What stands; `null` where that is nothing, and for tags and links, which are added. */
  present: ReturnType<typeof presentValue>;
  proposed: SuggestedValue['value'];
  confidence: number;
  /** What applying it does: it changes the field, or only suggests to, where it is not sure or a person chose otherwise. */
  effect: 'change' | 'suggestion';
}

/** What a rerun would do to one thing. */
export interface RerunDifference {
  entity: EntityView;
  model: string;
  differences: FieldDifference[];
}

/**
 * What a rerun would do to the user's things as they are now, page by page; a page may have none, the list is at its end
 * only when `nextCursor` is `null`. What was applied already, or has other content by now, differs in nothing.
 *
 * @throws {NotFound} if the user has no such rerun.
 */
export async function listRerunDifferences(
  parts: Parts,
  userId: UserId,
  { id: rerunId, limit, cursor }: { id: RerunId; limit: number; cursor?: EntityId | undefined },
): Promise<{ items: RerunDifference[]; nextCursor: string | null }> {
  const { queries } = parts.database;
  await loadRerun(queries, { userId, rerunId });
  const page = await listRerunItems(queries, { userId, rerunId }, { after: cursor, limit });
  const states = await loadEntities(
    queries,
    userId,
    page.map(({ entityId }) => entityId),
  );
  const items: RerunDifference[] = [];
  for (const item of page) {
    const state = states.get(item.entityId);
    if (state === undefined) continue;
    const differences = differencesOf(state, await previewEnrichment(parts, userId, { state }, item));
    if (differences.length > 0) items.push({ entity: viewEntity(state), model: item.analysis.model, differences });
  }
  return { items, nextCursor: page.length < limit ? null : (page.at(-1)?.entityId ?? null) };
}

function differencesOf(state: EntityState, { deltas, links }: Enrichment): FieldDifference[] {
  const changes = deltas.flatMap(({ delta, confidence = 1 }): FieldDifference[] => {
    const change = (suggested: SuggestedValue, effect: FieldDifference['effect']): FieldDifference[] => [
      {
        field: suggested.field,
        present: presentValue(state, suggested.field),
        proposed: suggested.value,
        confidence,
        effect,
      },
    ];
    switch (delta.type) {
      case 'ai.suggestion_made':
        return change(delta.data.suggested, 'suggestion');
      case 'entity.type_changed':
        return change({ field: 'type', value: delta.data.newValue }, 'change');
      case 'entity.title_changed':
        return change({ field: 'title', value: delta.data.newValue }, 'change');
      case 'entity.tag_added':
        return change({ field: 'tags', value: delta.data.tag }, 'change');
      case 'task.due_date_set':
        return delta.data.newValue === null ? [] : change({ field: 'due', value: delta.data.newValue }, 'change');
      case 'event.schedule_set':
        return delta.data.newValue === null
          ? []
          : change({ field: 'due', value: startOf(delta.data.newValue) }, 'change');
      case 'entity.updated':
        return delta.data.newValue === null
          ? []
          : change({ field: 'recurrence', value: delta.data.newValue }, 'change');
      default:
        return [];
    }
  });
  const linked = links.map(({ targetId, confidence }): FieldDifference => {
    return { field: 'links', present: null, proposed: { targetId }, confidence, effect: 'change' };
  });
  return [...changes, ...linked];
}
