import type * as z from 'zod';
import type { EventDeclaration } from './define-event.ts';

/**
 * The event types of kinds that were added to Synap, by name; docs/extending.md shows one. They lie in the streams of
 * things and mean nothing for what every thing has: what they mean for the kind, the kind folds itself.
 */
export const plugInEvents = {} as const satisfies Readonly<
  Record<string, EventDeclaration<string, 'entity', z.ZodType>>
>;

export type PlugInEventName = keyof typeof plugInEvents;
