import type { EntityState, RelationState } from '@synap/domain';
import { type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';

/** Folded states, ready to be stored. */
export interface FoldedStates {
  readonly entities: readonly EntityState[];
  readonly relations: readonly RelationState[];
  /** The tables that the states were read from before they were changed; left out where they were folded from events. */
  readonly readFrom?: readonly TableId[];
}

/** Tells the tables that rows were read from apart from those that a rebuild puts in their place. */
export type TableId = number;

/** Stores folded states in one statement; none replaces one of a later version. Says nothing about what events mean. */
export async function saveStates(queries: Queryable, states: FoldedStates): Promise<void> {
  await queries.execute(sql`select ${saveStatesCall(states)}`);
}

/** The call of the SQL function `save_states`, to be part of a statement. */
export function saveStatesCall({ entities, relations, readFrom = [] }: FoldedStates): SQL {
  const entityRows = JSON.stringify(entities.map(toEntityRow));
  const relationRows = JSON.stringify(relations.map(toRelationRow));
  const tables = `{${[...new Set(readFrom)].join(',')}}`;
  return sql`save_states(${entityRows}::jsonb, ${relationRows}::jsonb, ${tables}::oid[])`;
}

function toEntityRow({ id, userId, type, title, file, tags, task, event, ...state }: EntityState) {
  return {
    id,
    user_id: userId,
    type,
    title,
    preview: file?.preview ?? '',
    file_path: file?.filePath ?? null,
    file_size: file?.fileSize ?? null,
    file_type: file?.fileType ?? null,
    checksum: file?.checksum ?? null,
    provenance: state.provenance,
    version: state.version,
    created_at: state.createdAt,
    updated_at: state.updatedAt,
    deleted_at: state.deletedAt,
    tags,
    suggestions: state.suggestions.map(({ madeAt, ...suggestion }) => ({ ...suggestion, made_at: madeAt })),
    task: task === null ? null : toTaskRow(task),
    event: event === null ? null : toEventRow(event),
  };
}

function toTaskRow({ status, priority, due, recurrence, ...task }: NonNullable<EntityState['task']>) {
  return {
    status,
    priority,
    due_date: due?.date ?? null,
    due_time: due?.time ?? null,
    due_timezone: due?.timezone ?? null,
    recurrence,
    completed_at: task.completedAt,
    remind_at: task.remindAt,
    awaits_reminder: task.awaitsReminder,
  };
}

function toEventRow({ schedule, place }: NonNullable<EntityState['event']>) {
  return {
    start_date: schedule?.start.date ?? null,
    start_time: schedule?.start.time ?? null,
    end_date: schedule?.end?.date ?? null,
    end_time: schedule?.end?.time ?? null,
    timezone: schedule?.timezone ?? null,
    place,
  };
}

function toRelationRow(state: RelationState) {
  return {
    id: state.id,
    user_id: state.userId,
    type: state.type,
    source_id: state.sourceId,
    target_id: state.targetId,
    version: state.version,
    created_at: state.createdAt,
    deleted_at: state.deletedAt,
  };
}
