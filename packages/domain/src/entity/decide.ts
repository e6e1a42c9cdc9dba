import { Unprocessable } from '../errors.ts';
import type { EventDelta, EventNameOf } from '../events/catalogue.ts';
import type { FileReference } from '../events/entity-events.ts';
import { EntityType, TaskStatus } from '../vocabulary.ts';
import { contentTags } from './content-names.ts';
import type { EntityState } from './entity-state.ts';
import { type EventChange, eventDeltas } from './event-deltas.ts';
import { NEW_EVENT, NEW_TASK } from './evolve.ts';
import { type NextOccurrence, type TaskChange, taskDeltas } from './task-deltas.ts';

/** What happens to an entity, as it is decided. */
export type EntityDelta = EventDelta<EventNameOf<'entity'>>;

/** The most tags one entity carries. */
export const TAGS_MAX = 100;

export interface NewEntity {
  type: EntityType;
  title: string;
  /** Which of `type` and `title` a person chose. */
  given: ('type' | 'title')[];
  file: FileReference;
  tags?: readonly string[];
  task?: TaskChange;
  event?: EventChange;
  /** Ask for analysis of the content, with the person's own time and timezone. */
  analysis?: { now: Date; timezone: string };
  /** Ask for the web page at this address, to take the content's place. */
  page?: { url: string };
}

/**
 * Decisions: what happens when somebody wants something of an entity in a given state. Pure; an empty list means that
 * all is already as wanted, so that repeating a command changes nothing.
 */
export function decideCreate(entity: NewEntity, { now }: { now: Date }): EntityDelta[] {
  const deltas: EntityDelta[] = [
    { type: 'entity.created', data: { entityType: entity.type, title: entity.title, given: entity.given } },
    { type: 'entity.file_uploaded', data: entity.file },
  ];
  const tags = [...new Set(entity.tags)];
  refuseTooManyTags(tags.length);
  for (const tag of tags) deltas.push({ type: 'entity.tag_added', data: { tag } });
  // What is done as it comes in was done once, and does not begin again.
  if (entity.task !== undefined) deltas.push(...taskDeltas(NEW_TASK, entity.task, { now, nextOccurrence: () => null }));
  if (entity.event !== undefined) deltas.push(...eventDeltas(NEW_EVENT, entity.event));
  if (entity.analysis !== undefined) {
    const { timezone } = entity.analysis;
    deltas.push({
      type: 'ai.analysis_requested',
      data: { checksum: entity.file.checksum, now: entity.analysis.now.toISOString(), timezone },
    });
  }
  if (entity.page !== undefined) {
    const { url } = entity.page;
    deltas.push({ type: 'page.fetch_requested', data: { url, checksum: entity.file.checksum } });
  }
  return deltas;
}

/** @throws {Unprocessable} if the entity is in the trash. */
export function decideChangeTitle(state: EntityState, title: string): EntityDelta[] {
  refuseDeleted(state);
  if (title === state.title) return [];
  return [titleDelta(state.title, title)];
}

/** @throws {Unprocessable} if the entity is in the trash. */
export function decideChangeType(state: EntityState, type: EntityType): EntityDelta[] {
  refuseDeleted(state);
  if (type === state.type) return [];
  return [{ type: 'entity.type_changed', data: { oldValue: state.type, newValue: type } }];
}

/** @throws {Unprocessable} if the entity is in the trash. */
export function decideChangeContent(state: EntityState, file: FileReference): EntityDelta[] {
  refuseDeleted(state);
  if (file.checksum === state.file?.checksum) return [];
  return [{ type: 'entity.file_uploaded', data: file }];
}

/** @throws {Unprocessable} if the entity is in the trash or has as many tags as it may have. */
export function decideAddTag(state: EntityState, tag: string): EntityDelta[] {
  refuseDeleted(state);
  if (state.tags.includes(tag)) return [];
  refuseTooManyTags(state.tags.length + 1);
  return [{ type: 'entity.tag_added', data: { tag } }];
}

/** @throws {Unprocessable} if the entity is in the trash, or the tag stands in its text. */
export function decideRemoveTag(state: EntityState, tag: string): EntityDelta[] {
  refuseDeleted(state);
  if (contentTags(state).includes(tag)) {
    throw new Unprocessable(`The tag '${tag}' stands in the text of this ${state.type}. Remove it from the text.`);
  }
  return state.tags.includes(tag) ? [{ type: 'entity.tag_removed', data: { tag } }] : [];
}

/**
 * Gives tags that were set other names, in the trash, too. What stands in the text stays as it is.
 * @param renamed the new name of a tag; `null` takes it away.
 */
export function decideRetag(state: EntityState, renamed: (tag: string) => string | null): EntityDelta[] {
  const present = new Set(state.tags);
  const deltas: EntityDelta[] = [];
  for (const tag of state.tags) {
    const name = renamed(tag);
    if (name === tag) continue;
    present.delete(tag);
    deltas.push({ type: 'entity.tag_removed', data: { tag } });
    if (name === null || present.has(name)) continue;
    present.add(name);
    deltas.push({ type: 'entity.tag_added', data: { tag: name } });
  }
  return deltas;
}

/**
 * Changes a task. To complete a recurring one is to complete the occurrence that is due: the task goes on to the next,
 * with all that hangs on it, and its history keeps each. It is done for good where there is none.
 * @throws {Unprocessable} if the entity is in the trash or is no task.
 * @throws {ValidationFailed} if a reminder is set for a time that has passed.
 */
export function decideChangeTask(
  state: EntityState,
  change: TaskChange,
  options: { now: Date; nextOccurrence: NextOccurrence },
): EntityDelta[] {
  refuseDeleted(state);
  if (state.type !== EntityType.task || state.task === null) {
    throw new Unprocessable(`This is a ${state.type}, not a task. Change its type to task first.`);
  }
  return taskDeltas(state.task, change, options);
}

/** The time of a reminder has come. Twice is once, and so is whenever there is nothing to be reminded of any more. */
export function decideRemind({ type, task, deletedAt }: EntityState, { now }: { now: Date }): EntityDelta[] {
  if (task === null || task.remindAt === null || !task.awaitsReminder || task.remindAt > now) return [];
  const isOpen = task.status === TaskStatus.todo || task.status === TaskStatus.inProgress;
  if (type !== EntityType.task || !isOpen || deletedAt !== null) return [];
  return [{ type: 'task.reminded', data: { remindAt: task.remindAt.toISOString() } }];
}

/** Into the trash. Twice is once. */
export function decideDelete(state: EntityState): EntityDelta[] {
  return state.deletedAt === null ? [{ type: 'entity.deleted', data: {} }] : [];
}

/**
 * Erases it for good.
 * @throws {Unprocessable} if it is not in the trash: nothing is erased in one step.
 */
export function decidePurge(state: EntityState): EntityDelta[] {
  if (state.deletedAt === null) {
    throw new Unprocessable(`This ${state.type} is not in the trash. Move it there first; purging cannot be undone.`);
  }
  return [{ type: 'entity.purged', data: {} }];
}

/** Back from the trash. Twice is once. */
export function decideRestore(state: EntityState): EntityDelta[] {
  return state.deletedAt === null ? [] : [{ type: 'entity.restored', data: {} }];
}

/** The change of a title; what links to the old one goes on leading here. */
export function titleDelta(oldValue: string, newValue: string): EntityDelta {
  return { type: 'entity.title_changed', data: { oldValue, newValue, keepsOld: true } };
}

/** @throws {Unprocessable} if it is in the trash. */
export function refuseDeleted(state: EntityState): void {
  if (state.deletedAt !== null) {
    throw new Unprocessable(`This ${state.type} is in the trash. Restore it first.`);
  }
}

function refuseTooManyTags(count: number): void {
  if (count > TAGS_MAX) throw new Unprocessable(`More than ${TAGS_MAX} tags on one thing. Remove some first.`);
}
