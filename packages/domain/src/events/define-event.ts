import type * as z from 'zod';
import type { AggregateType } from '../vocabulary.ts';

/** What is known of an event type: declared once, used by the log, the fold, the API and the documentation. */
export interface EventDeclaration<Name extends string, Aggregate extends AggregateType, Schema extends z.ZodType> {
  /** `{aggregate}.{action}[.{detail}]`, in the past tense. */
  readonly name: Name;
  /** Whose stream the event belongs to; not always the first word of its name (`task.completed` is an entity's). */
  readonly aggregateType: Aggregate;
  /** The version of `data`'s shape. A changed shape is a new version with an upcaster from the one before. */
  readonly schemaVersion: number;
  /** For each older version, how its data becomes that of the next. Stored events are never rewritten. */
  readonly upcasters?: Readonly<Record<number, Upcaster>>;
  /** The delta that the event carries: what changed, a few hundred bytes, never content. */
  readonly data: Schema;
}

/** Turns the data of one schema version into that of the next; pure. */
export type Upcaster = (data: unknown, event: { readonly timestamp: Date }) => unknown;

/** Declares an event type; see CONTRIBUTING.md, 'Add an event'. */
export function defineEvent<const Name extends string, const Aggregate extends AggregateType, Schema extends z.ZodType>(
  declaration: EventDeclaration<Name, Aggregate, Schema>,
): EventDeclaration<Name, Aggregate, Schema> {
  return declaration;
}
