import type { FileReference } from '../events/entity-events.ts';
import type { EntityId, UserId } from '../ids.ts';
import type { Due, EntityType, Schedule, TaskPriority, TaskStatus } from '../vocabulary.ts';
import type { Suggestion } from './suggestion.ts';

/** The fields whose origin is kept, so that a guess never replaces what a person chose. */
export const ProvenanceField = {
  title: 'title',
  type: 'type',
  tags: 'tags',
  status: 'status',
  priority: 'priority',
  due: 'due',
  recurrence: 'recurrence',
  reminder: 'reminder',
  schedule: 'schedule',
  place: 'place',
} as const;
export type ProvenanceField = (typeof ProvenanceField)[keyof typeof ProvenanceField];

/** Where a field's present value comes from. */
export interface Provenance {
  /** `person`: chosen or accepted by one, or by what acts in their name; `ai`: guessed by a model; `derived`: computed by Synap. */
  readonly by: 'person' | 'ai' | 'derived';
  /** The version of the entity that set it: the event that explains it. */
  readonly version: number;
  /** What guessed it, or suggested what a person accepted. */
  readonly model?: string;
  readonly confidence?: number;
}

export interface TaskDetails {
  readonly status: TaskStatus;
  readonly priority: TaskPriority;
  readonly due: Due | null;
  /** RFC 5545, without `RRULE:`. */
  readonly recurrence: string | null;
  readonly completedAt: Date | null;
  /** When the person is to be reminded, or was. */
  readonly remindAt: Date | null;
  /** Whether that is still to come, for a task that is still to do. */
  readonly awaitsReminder: boolean;
}

/** When and where an event of the calendar takes place. */
export interface EventDetails {
  readonly schedule: Schedule | null;
  readonly place: string | null;
}

/** The present state of one entity: the fold of its events. */
export interface EntityState {
  readonly id: EntityId;
  readonly userId: UserId;
  readonly type: EntityType;
  readonly title: string;
  /** Titles that it had before, the last one last: what links to one of them leads here still. */
  readonly formerTitles: readonly string[];
  readonly file: FileReference | null;
  /** Those that were set, in alphabetical order, without duplicates; those that its text has are in `file`, see `allTags`. */
  readonly tags: readonly string[];
  /** Kept when the type changes away from task, so that changing it back loses nothing. */
  readonly task: TaskDetails | null;
  /** Kept as `task` is; `null` where nobody has said when or where. */
  readonly event: EventDetails | null;
  readonly provenance: Readonly<Partial<Record<ProvenanceField, Provenance>>>;
  /** All that was ever suggested for it, in the order of their ids. */
  readonly suggestions: readonly Suggestion[];
  /** How many events it took. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deletedAt: Date | null;
}
