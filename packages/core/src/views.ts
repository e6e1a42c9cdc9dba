import {
  allTags,
  type Due,
  type EntityId,
  type EntityState,
  type EntityType,
  type FileType,
  type RelationId,
  type RelationState,
  type RelationType,
  type Schedule,
  type TaskPriority,
  type TaskStatus,
} from '@synap/domain';
import { DateTime } from 'luxon';

/** What clients see: JSON, times as ISO 8601 in UTC. */
export interface EntityView {
  id: EntityId;
  type: EntityType;
  title: string;
  /** The first 200 characters of the readable text. */
  preview: string;
  /** Where the content is read, relative to the server. */
  fileUrl: string | null;
  fileSize: number | null;
  fileType: FileType | null;
  /** SHA-256 of the content in hexadecimal; also its ETag. */
  checksum: string | null;
  /** Those that were set, and those that stand in the text. */
  tags: string[];
  /** Of tasks only. */
  task: TaskView | null;
  /** Of events of the calendar only. */
  event: CalendarEventView | null;
  /** Send it back as `expectedVersion` with a change. */
  version: number;
  createdAt: string;
  updatedAt: string;
  deletedAt: string | null;
}

export interface TaskView {
  status: TaskStatus;
  priority: TaskPriority;
  /** A day as `YYYY-MM-DD`, or an instant in UTC where a time of day is given. */
  dueDate: string | null;
  /** The same as it was meant: day, time of day and timezone. */
  due: Due | null;
  /** RFC 5545, without `RRULE:`. */
  recurrence: string | null;
  completedAt: string | null;
  remindAt: string | null;
  /** Whether that is still to come, once the task is to be done. */
  awaitsReminder: boolean;
}

export interface CalendarEventView {
  /** A day as `YYYY-MM-DD`, or an instant in UTC; `null` where nobody has said when it is. */
  startAt: string | null;
  /** The last day, or the instant at which it ends. */
  endAt: string | null;
  isAllDay: boolean;
  /** The same as it was meant: days, times of day and timezone. */
  schedule: Schedule | null;
  place: string | null;
}

export interface RelationView {
  id: RelationId;
  type: RelationType;
  sourceId: EntityId;
  targetId: EntityId;
  /** It stands in the text of the source, and is there as long as it does. */
  isInContent: boolean;
  createdAt: string;
}

/** An entity's state as clients see it. */
export function viewEntity(state: EntityState): EntityView {
  const { id, type, title, file, task, event, version, createdAt, updatedAt, deletedAt } = state;
  return {
    id,
    type,
    title,
    preview: file?.preview ?? '',
    fileUrl: file === null ? null : `/api/v1/entities/${id}/content`,
    fileSize: file?.fileSize ?? null,
    fileType: file?.fileType ?? null,
    checksum: file?.checksum ?? null,
    tags: allTags(state),
    task: type === 'task' && task !== null ? viewTask(task) : null,
    event: type === 'event' ? viewEvent(event) : null,
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    deletedAt: deletedAt?.toISOString() ?? null,
  };
}

/** A relation's state as clients see it. */
export function viewRelation(
  { id, type, sourceId, targetId, createdAt }: RelationState,
  { isInContent = false }: { isInContent?: boolean } = {},
): RelationView {
  return { id, type, sourceId, targetId, isInContent, createdAt: createdAt.toISOString() };
}

function viewTask(task: NonNullable<EntityState['task']>): TaskView {
  const { status, priority, due, recurrence, completedAt, remindAt, awaitsReminder } = task;
  return {
    status,
    priority,
    dueDate: due === null ? null : viewInstant(due),
    due,
    recurrence,
    completedAt: completedAt?.toISOString() ?? null,
    remindAt: remindAt?.toISOString() ?? null,
    awaitsReminder,
  };
}

function viewEvent(event: EntityState['event']): CalendarEventView {
  const { schedule, place } = event ?? { schedule: null, place: null };
  if (schedule === null) return { startAt: null, endAt: null, isAllDay: false, schedule, place };
  const { start, end, timezone } = schedule;
  return {
    startAt: viewInstant({ ...start, timezone }),
    endAt: end === null ? null : viewInstant({ ...end, timezone }),
    isAllDay: start.time === null,
    schedule,
    place,
  };
}

function viewInstant({ date, time, timezone }: Due): string {
  if (time === null) return date;
  return DateTime.fromISO(`${date}T${time}`, { zone: timezone }).toUTC().toISO({ suppressMilliseconds: true }) ?? date;
}
