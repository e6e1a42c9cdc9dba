import { listSuggestions as listRows, loadEntities } from '@synap/database';
import {
  type Due,
  type EntityId,
  type EntityState,
  type Suggestion,
  type SuggestionId,
  type SuggestionReason,
  type SuggestionStatus,
  startOf,
  type UserId,
} from '@synap/domain';
import type { Parts } from '../parts.ts';

/** A suggestion as clients see it. */
export interface SuggestionView {
  id: SuggestionId;
  entityId: EntityId;
  /** The title of what it was made for. */
  title: string;
  /** The entity's version: send it back as `expectedVersion` with the decision. */
  version: number;
  field: Suggestion['suggested']['field'];
  /** The proposed value; of a due date as it is meant, of a link its other end. */
  value: Suggestion['suggested']['value'];
  /** What the field holds now; `null` where that is nothing, and for tags and links, which are added. */
  present: string | Due | null;
  confidence: number;
  model: string;
  /** The analysis is not sure (`low_confidence`), or a person chose otherwise (`set_by_person`). */
  because: SuggestionReason;
  status: SuggestionStatus;
  madeAt: string;
}

export interface SuggestionsQuery {
  readonly status: SuggestionStatus;
  readonly entityId?: EntityId | undefined;
  readonly limit: number;
  /** The id of the last one of the page before. */
  readonly cursor?: SuggestionId | undefined;
}

/** The user's suggestions, the newest first; none for what is in the trash. */
export async function listSuggestions(
  { database: { queries } }: Parts,
  userId: UserId,
  { limit, cursor, ...filter }: SuggestionsQuery,
): Promise<{ items: SuggestionView[]; nextCursor: string | null }> {
  const rows = await listRows(queries, userId, { filter, limit: limit + 1, before: cursor });
  const page = rows.slice(0, limit);
  const states = await loadEntities(
    queries,
    userId,
    page.map(({ entityId }) => entityId),
  );
  const items = page.flatMap(({ entityId, suggestion }) => {
    const state = states.get(entityId);
    return state === undefined ? [] : [viewSuggestion(state, suggestion)];
  });
  return { items, nextCursor: rows.length > limit ? (page.at(-1)?.suggestion.id ?? null) : null };
}

/** A suggestion with what it was made for. */
export function viewSuggestion(state: EntityState, suggestion: Suggestion): SuggestionView {
  const { id, suggested, confidence, model, because, status, madeAt } = suggestion;
  return {
    id,
    entityId: state.id,
    title: state.title,
    version: state.version,
    field: suggested.field,
    value: suggested.value,
    present: presentValue(state, suggested.field),
    confidence,
    model,
    because,
    status,
    madeAt: madeAt.toISOString(),
  };
}

/** What a field that holds one value holds. */
export function presentValue(
  { type, title, task, event }: EntityState,
  field: SuggestionView['field'],
): string | Due | null {
  switch (field) {
    case 'type':
      return type;
    case 'title':
      return title;
    case 'due':
      if (type === 'event') return event?.schedule == null ? null : startOf(event.schedule);
      return task?.due ?? null;
    case 'recurrence':
      return task?.recurrence ?? null;
    case 'tags':
    case 'links':
      return null;
  }
}
