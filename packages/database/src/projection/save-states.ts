import { type EntityState, isAcyclic, linkKeys, type RelationState, titleKey, type UserState } from '@synap/domain';
import { type SQL, sql } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';

/** Folded states, ready to be stored. */
export interface FoldedStates {
  readonly entities: readonly EntityState[];
  readonly relations: readonly RelationState[];
  readonly users?: readonly UserState[];
  /** The tables that the states were read from before they were changed; left out where they were folded from events. */
  readonly readFrom?: readonly TableId[];
}

/** Tells the tables that rows were read from apart from those that a rebuild puts in their place. */
export type TableId = number;

/** Stores folded states in one statement; none replaces one of a later version. Says nothing about what events mean. */
export async function saveStates(queries: Queryable, states: FoldedStates): Promise<void> {
  await queries.execute(sql`select ${sql.join(saveStatesCalls(states), sql`, `)}`);
}

/** The calls of the SQL functions that store them, to be part of a statement. */
export function saveStatesCalls(states: FoldedStates): SQL[] {
  const { users = [] } = states;
  return users.length === 0 ? [saveStatesCall(states)] : [saveStatesCall(states), saveUsersCall(users)];
}

function saveUsersCall(users: readonly UserState[]): SQL {
  const rows = users.map(({ id, tagColours, version, updatedAt }) => ({
    user_id: id,
    tag_colours: tagColours,
    version,
    updated_at: updatedAt,
  }));
  return sql`save_user_settings(${JSON.stringify(rows)}::jsonb)`;
}

function saveStatesCall({ entities, relations, readFrom = [] }: FoldedStates): SQL {
  const entityRows = JSON.stringify(entities.map(toEntityRow));
  const relationRows = JSON.stringify(relations.map(toRelationRow));
  const tables = `{${[...new Set(readFrom)].join(',')}}`;
  return sql`save_states(${entityRows}::jsonb, ${relationRows}::jsonb, ${tables}::oid[])`;
}

/**
 * The call that refuses relations which close a circle, to follow `saveStatesCalls` in their statement; `null` where there are
 * none that could.
 */
export function refuseCyclesCall({ relations }: Pick<FoldedStates, 'relations'>): SQL | null {
  const rows = relations.filter(({ type, deletedAt }) => isAcyclic(type) && deletedAt === null).map(toRelationRow);
  return rows.length === 0 ? null : sql`refuse_cycles(${JSON.stringify(rows)}::jsonb)`;
}

function toEntityRow({ id, userId, type, title, formerTitles, file, tags, task, event, ...state }: EntityState) {
  return {
    id,
    user_id: userId,
    type,
    title,
    title_key: titleKey(title),
    former_titles: formerTitles,
    preview: file?.preview ?? '',
    file_path: file?.filePath ?? null,
    file_size: file?.fileSize ?? null,
    file_type: file?.fileType ?? null,
    checksum: file?.checksum ?? null,
    names: file?.names ?? null,
    provenance: state.provenance,
    version: state.version,
    created_at: state.createdAt,
    updated_at: state.updatedAt,
    deleted_at: state.deletedAt,
    tags,
    content_tags: file?.names?.tags ?? [],
    content_links: (file?.names?.links ?? []).map((name) => {
      const { key, baseKey } = linkKeys(name);
      return { key, base_key: baseKey };
    }),
    former_keys: [...new Set(formerTitles.map(titleKey))],
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
