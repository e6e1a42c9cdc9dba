import type { EntityId, UserId } from '@synap/domain';
import type { IndexedRevision } from './search-index.ts';

/** A thing whose content is to be indexed. */
export interface UnindexedThing {
  readonly userId: UserId;
  readonly entityId: EntityId;
}

/** Content that could not be indexed. */
export interface IndexingFailure {
  readonly entityId: EntityId;
  readonly reason: string;
  readonly failedAt: Date;
}

/** How far one user's things are indexed in one making of the index. */
export interface GenerationStatus {
  readonly model: string;
  /** Whether it answers, or is being filled to take the place of the one that does. */
  readonly status: 'live' | 'building';
  /** Things, as they are now. */
  readonly indexed: number;
  /** Things that have changed since, or were not reached yet. */
  readonly pending: number;
  readonly failed: number;
  /** The latest first; no more than a few of many. */
  readonly failures: readonly IndexingFailure[];
  readonly chunks: number;
}

/**
 * How an index is made anew while the old one answers: a generation is begun, filled with whatever is not in it, and
 * put in the place of the live one. Each step can be repeated, by any process.
 */
export interface IndexMaintenance {
  /** The models that content is to be embedded by: that of the live generation first. */
  openModels(): Promise<string[]>;
  /** Whether what answers is of another model or an older recipe, or is being replaced already. */
  isOutdated(model: string): Promise<boolean>;
  /** Begins a generation, or goes on with one of this model; one of another model is given up. */
  beginRebuild(model: string): Promise<void>;
  /** Things of any user whose present content is not in the generation that is being built, in the order of their ids. */
  unindexed(page: { after: string | null; limit: number }): Promise<UnindexedThing[]>;
  countUnindexed(): Promise<number>;
  /** Keeps a revision that is no longer the present one, in the generation that is being built. */
  keepPast(revision: IndexedRevision): Promise<void>;
  /** Puts the generation that was built in the place of the live one, and removes what that leaves. */
  finishRebuild(): Promise<void>;
  /**
   * Removes what the index keeps of a user, or of one of their things, outside the database, whose rows go with theirs.
   * @returns how many vectors there were.
   */
  forget(owner: { userId: UserId; entityId?: EntityId }): Promise<number>;
  /** How many vectors of a user the index keeps outside the database. */
  countElsewhere(userId: UserId): Promise<number>;
  /** Forgets all things that are no more: what a crash may have left. @returns how many vectors there were. */
  forgetOrphans(): Promise<number>;
  /** Remembers that and why content could not be indexed. */
  reportFailure(failure: { userId: UserId; entityId: EntityId; model: string; reason: string }): Promise<void>;
  /** How far one user's things are indexed; the live generation first. */
  status(userId: UserId): Promise<GenerationStatus[]>;
}
