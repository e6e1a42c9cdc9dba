import * as z from 'zod';
import { type EventName, eventNames, isEventName } from '../events/catalogue.ts';

/** Every type of event. */
export const EVERY_EVENT = '*';
const FAMILY_SUFFIX = '.*';

/**
 * Which events a webhook is told of: one type, such as `task.completed`; all whose name begins so, `task.*`; or all, `*`.
 * A pattern that no event of this version fits is refused: it would be silent for ever.
 */
export const eventPatternSchema = z
  .string()
  .refine(
    (pattern) => eventNames.some((name) => fits(pattern, name)),
    'a type of event, the beginning of some such as task.*, or *',
  );

/** Whether an event of this type is one of those. */
export function isWanted(patterns: readonly string[], type: EventName): boolean {
  return patterns.some((pattern) => fits(pattern, type));
}

/** The types of events that fit any of the patterns. */
export function eventTypesOf(patterns: readonly string[]): EventName[] {
  return eventNames.filter((name) => isWanted(patterns, name));
}

/** Every pattern that an event of this type fits; of a type that is not known any more, `*` alone. */
export function patternsFor(type: string): string[] {
  if (!isEventName(type)) return [EVERY_EVENT];
  const words = type.split('.');
  const families = words.slice(0, -1).map((_, index) => words.slice(0, index + 1).join('.') + FAMILY_SUFFIX);
  return [EVERY_EVENT, ...families, type];
}

function fits(pattern: string, type: EventName): boolean {
  if (pattern === EVERY_EVENT || pattern === type) return true;
  return pattern.endsWith(FAMILY_SUFFIX) && pattern !== FAMILY_SUFFIX && type.startsWith(pattern.slice(0, -1));
}
