import {
  decideAddTag,
  decideChangeEvent,
  decideChangeTask,
  decideChangeTitle,
  decideChangeType,
  decideDelete,
  decideRemoveTag,
  decideRestore,
  type EntityState,
  type EntityType,
  type TaskChange,
} from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { nextOccurrence } from '../recurrence/next-occurrence.ts';
import type { EntityView } from '../views.ts';
import { changeEntity, type EntityChangeInput } from '../write/change-entity.ts';
import { type EventFields, eventChange } from './event-change.ts';

/*
 * The commands that change one entity. Each throws `NotFound` for what is not the user's, `ConcurrencyConflict` if the
 * expected version is not the present one, and what its decision in the domain throws.
 */

/** Renames it, makes it another kind of thing, or both. */
export function updateEntity(
  parts: Parts,
  context: CommandContext,
  input: EntityChangeInput & { title?: string | undefined; type?: EntityType | undefined },
): Promise<EntityView> {
  const { title, type } = input;
  return changeEntity(parts, context, {
    ...input,
    command: 'entities.update',
    request: input,
    decide: (state) => [
      ...(type === undefined ? [] : decideChangeType(state, type)),
      ...(title === undefined ? [] : decideChangeTitle(state, title)),
    ],
  });
}

/** Into the trash; `restoreEntity` brings it back. */
export function deleteEntity(parts: Parts, context: CommandContext, input: EntityChangeInput): Promise<EntityView> {
  return changeEntity(parts, context, { ...input, command: 'entities.delete', request: input, decide: decideDelete });
}

/** Back from the trash. */
export function restoreEntity(parts: Parts, context: CommandContext, input: EntityChangeInput): Promise<EntityView> {
  return changeEntity(parts, context, { ...input, command: 'entities.restore', request: input, decide: decideRestore });
}

export function addTag(
  parts: Parts,
  context: CommandContext,
  input: EntityChangeInput & { tag: string },
): Promise<EntityView> {
  const decide = (state: Parameters<typeof decideAddTag>[0]) => decideAddTag(state, input.tag);
  return changeEntity(parts, context, { ...input, command: 'tags.add', request: input, decide });
}

export function removeTag(
  parts: Parts,
  context: CommandContext,
  input: EntityChangeInput & { tag: string },
): Promise<EntityView> {
  const decide = (state: Parameters<typeof decideRemoveTag>[0]) => decideRemoveTag(state, input.tag);
  return changeEntity(parts, context, { ...input, command: 'tags.remove', request: input, decide });
}

/**
 * When and where an event of the calendar takes place.
 * @param input.defaultTimezone where it is meant, if neither the request nor the event says so.
 */
export function updateEvent(
  parts: Parts,
  context: CommandContext,
  input: EntityChangeInput & { fields: EventFields; defaultTimezone: string },
): Promise<EntityView> {
  const { fields, defaultTimezone } = input;
  const decide = (state: EntityState) => {
    const present = state.event?.schedule ?? null;
    return decideChangeEvent(state, eventChange(fields, { present, defaultTimezone }));
  };
  return changeEntity(parts, context, { ...input, command: 'events.update', request: input, decide });
}

/**
 * Status, priority, due date, recurrence and reminder of a task.
 * @param input.timezone where the person is: 'every day' begins on their day, for a task that is not due yet.
 */
export function updateTask(
  parts: Parts,
  context: CommandContext,
  input: EntityChangeInput & { change: TaskChange; timezone: string },
): Promise<EntityView> {
  const { change, timezone } = input;
  const decide = (state: EntityState) =>
    decideChangeTask(state, change, {
      now: parts.clock.now(),
      nextOccurrence: (task, { now }) => nextOccurrence(task, { now, timezone }),
    });
  return changeEntity(parts, context, { ...input, command: 'tasks.update', request: input, decide });
}
