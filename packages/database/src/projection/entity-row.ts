import {
  EntityId,
  type EntityState,
  type EventDetails,
  type FileReference,
  type Suggestion,
  SuggestionId,
  type TaskDetails,
  UserId,
} from '@synap/domain';
import { eq, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { entities, entityTags, eventDetails, suggestions, taskDetails } from '../schema/schema.ts';

/** The columns that make up an entity's state, over all of its tables, in one query. */
export const stateColumns = {
  entity: entities,
  task: taskDetails,
  event: eventDetails,
  tags: sql<string[]>`array(
    select ${entityTags.tag} from ${entityTags} where ${entityTags.entityId} = ${entities.id} and ${entityTags.isOwn}
    order by ${entityTags.tag} collate "C"
  )`.as('tags'),
  suggestions: sql<SuggestionJson[]>`coalesce((
    select jsonb_agg(jsonb_build_object(
      'id', ${suggestions.id}, 'suggested', ${suggestions.suggested}, 'confidence', ${suggestions.confidence},
      'model', ${suggestions.model}, 'checksum', ${suggestions.checksum}, 'because', ${suggestions.because},
      'status', ${suggestions.status}, 'madeAt', ${suggestions.madeAt}
    ) order by ${suggestions.id})
    from ${suggestions} where ${suggestions.entityId} = ${entities.id}
  ), '[]')`.as('suggestions'),
};

/** A suggestion as JSON; the same columns as rows have. */
type SuggestionJson = Omit<Suggestion, 'id' | 'madeAt'> & { readonly id: string; readonly madeAt: string | Date };

/** The start of every query for entity states; the caller adds the conditions, the user's id first of all. */
export function selectEntityStates(queries: Queryable) {
  return queries
    .select(stateColumns)
    .from(entities)
    .leftJoin(taskDetails, eq(taskDetails.entityId, entities.id))
    .leftJoin(eventDetails, eq(eventDetails.entityId, entities.id))
    .$dynamic();
}

/** One row of `selectEntityStates` as the state that was folded. */
export function toEntityState(row: {
  entity: typeof entities.$inferSelect;
  task: typeof taskDetails.$inferSelect | null;
  event: typeof eventDetails.$inferSelect | null;
  tags: string[];
  suggestions: SuggestionJson[];
}): EntityState {
  const { entity } = row;
  return {
    id: EntityId.parse(entity.id),
    userId: UserId.parse(entity.userId),
    type: entity.type,
    title: entity.title,
    formerTitles: entity.formerTitles,
    file: toFileReference(entity),
    tags: row.tags,
    task: row.task === null ? null : toTaskDetails(row.task),
    event: row.event === null ? null : toEventDetails(row.event),
    provenance: entity.provenance,
    suggestions: row.suggestions.map(toSuggestion),
    version: entity.version,
    createdAt: entity.createdAt,
    updatedAt: entity.updatedAt,
    deletedAt: entity.deletedAt,
  };
}

function toFileReference(entity: typeof entities.$inferSelect): FileReference | null {
  const { filePath, fileSize, fileType, checksum, preview, names } = entity;
  if (filePath === null || fileSize === null || fileType === null || checksum === null) return null;
  return { filePath, fileSize, fileType, checksum, preview, ...(names === null ? {} : { names }) };
}

/** A suggestion's row, or its JSON, as it was folded. */
export function toSuggestion(row: SuggestionJson): Suggestion {
  const { suggested, confidence, model, checksum, because, status } = row;
  const made = { suggested, confidence, model, checksum, because, status };
  return { id: SuggestionId.parse(row.id), ...made, madeAt: new Date(row.madeAt) };
}

function toTaskDetails(row: typeof taskDetails.$inferSelect): TaskDetails {
  const { status, priority, recurrence, completedAt, remindAt, awaitsReminder } = row;
  const due =
    row.dueDate === null || row.dueTimezone === null
      ? null
      : { date: row.dueDate, time: row.dueTime, timezone: row.dueTimezone };
  return { status, priority, due, recurrence, completedAt, remindAt, awaitsReminder };
}

function toEventDetails(row: typeof eventDetails.$inferSelect): EventDetails {
  const { startDate, startTime, endDate, endTime, timezone, place } = row;
  if (startDate === null || timezone === null) return { schedule: null, place };
  const end = endDate === null ? null : { date: endDate, time: endTime };
  return { schedule: { start: { date: startDate, time: startTime }, end, timezone }, place };
}
