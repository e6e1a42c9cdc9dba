import { EntityId, type Suggestion, type SuggestionId, type SuggestionStatus, type UserId } from '@synap/domain';
import { and, desc, eq, isNull, lt } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities, suggestions } from '../schema/schema.ts';
import { toSuggestion } from './entity-row.ts';

/** A suggestion, with what it was made for. */
export interface SuggestionOf {
  readonly entityId: EntityId;
  readonly suggestion: Suggestion;
}

export interface SuggestionFilter {
  readonly status: SuggestionStatus;
  readonly entityId?: EntityId | undefined;
}

/** One user's suggestions for what is not in the trash, the newest first. */
export async function listSuggestions(
  queries: Queryable,
  userId: UserId,
  { filter, limit, before }: { filter: SuggestionFilter; limit: number; before?: SuggestionId | undefined },
): Promise<SuggestionOf[]> {
  const { status, entityId } = filter;
  const rows = await queries
    .select({ suggestion: suggestions })
    .from(suggestions)
    .innerJoin(entities, eq(entities.id, suggestions.entityId))
    .where(
      and(
        eq(suggestions.userId, userId),
        eq(suggestions.status, status),
        entityId === undefined ? undefined : eq(suggestions.entityId, entityId),
        before === undefined ? undefined : lt(suggestions.id, before),
        isNull(entities.deletedAt),
      ),
    )
    .orderBy(desc(suggestions.id))
    .limit(limit);
  return rows.map(({ suggestion }) => ({
    entityId: EntityId.parse(suggestion.entityId),
    suggestion: toSuggestion(suggestion),
  }));
}

/** What a suggestion was made for; `null` if the user has none of this id. */
export async function findSuggestedEntity(
  queries: Queryable,
  userId: UserId,
  id: SuggestionId,
): Promise<EntityId | null> {
  const [row] = await queries
    .select({ entityId: suggestions.entityId })
    .from(suggestions)
    .where(and(eq(suggestions.userId, userId), eq(suggestions.id, id)));
  return row === undefined ? null : EntityId.parse(row.entityId);
}
