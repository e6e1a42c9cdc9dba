import type { EntityId, EntityType, UserId } from '@synap/domain';
import type { IndexMaintenance } from './index-maintenance.ts';
import type { QueryWord } from './query-word.ts';

/** One chunk of content, ready for the index. */
export interface IndexedChunk {
  /** Byte offsets into the UTF-8 file, the end exclusive. */
  readonly start: number;
  readonly end: number;
  /** What the lexical index takes its words from; it is not stored. */
  readonly text: string;
  readonly embedding: Float32Array;
}

/** All chunks of one revision of one entity, under one model. */
export interface IndexedRevision {
  readonly userId: UserId;
  readonly entityId: EntityId;
  readonly entityVersion: number;
  readonly checksum: string;
  /** What it was embedded under. */
  readonly title: string;
  readonly model: string;
  readonly chunks: readonly IndexedChunk[];
}

/** A span of time: at or after its start, before its end. */
export interface TimeRange {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** A span of days, `YYYY-MM-DD`: at or after the first, before the end. */
export interface DayRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** In which state of its life a thing must be; a thing that is no task is neither open nor done. */
export const LifeState = { open: 'open', done: 'done', cancelled: 'cancelled', deleted: 'deleted' } as const;
export type LifeState = (typeof LifeState)[keyof typeof LifeState];

/** What a hit must be, beside fitting the words and the meaning. */
export interface SearchFilter {
  readonly type?: EntityType | undefined;
  readonly tag?: string | undefined;
  /** All of these; `tag` is one more. */
  readonly tags?: readonly string[] | undefined;
  /** None of these. */
  readonly excludedTags?: readonly string[] | undefined;
  /** Left out, anything that is not in the trash. */
  readonly state?: LifeState | undefined;
  /** Created at or after. */
  readonly from?: Date | undefined;
  /** Created before. */
  readonly to?: Date | undefined;
  readonly updated?: TimeRange | undefined;
  readonly due?: DayRange | undefined;
  /** This one alone. */
  readonly entityId?: EntityId | undefined;
}

/** A chunk that may answer the query, with what fusion needs of it. */
export interface ChunkCandidate {
  readonly entityId: EntityId;
  readonly chunkIndex: number;
  readonly checksum: string;
  readonly start: number;
  readonly end: number;
  /** Cosine similarity to the query, or `null` where the query has no vector. */
  readonly similarity: number | null;
  /** Of the query's words, those in the chunk. */
  readonly matchedWords: readonly string[];
  /** Of the query's words, those in the entity's title. */
  readonly titleMatchedWords: readonly string[];
  /** Of all these, those that it has in another form only, though some of the user's chunks have them as they were asked for. */
  readonly inflectedWords: readonly string[];
  /** Of the query's words, those that cannot be expected of it, since it is in another language than the query. */
  readonly foreignWords: readonly string[];
}

/** The query against one user's chunks. */
export interface CandidateQuery {
  readonly userId: UserId;
  /** The model of the embedding; of the index's generations the one with this model is asked. */
  readonly model: string;
  readonly text: string;
  /** `null` searches by words alone. */
  readonly embedding: Float32Array | null;
  /** Whether words count; without them it searches by meaning alone. */
  readonly useWords: boolean;
  readonly filter: SearchFilter;
  /** How many chunks each of the ways to find one may bring. */
  readonly limit: number;
  /** What a chunk or its title must have, word after word. */
  readonly phrases?: readonly string[] | undefined;
  /** What neither a chunk nor its title may have: words or phrases. */
  readonly excluded?: readonly string[] | undefined;
  /** Only what has its words in the title. */
  readonly inTitle?: boolean | undefined;
  /** Searches what was at an instant; left out, what is. */
  readonly past?: PastScope | undefined;
}

/** What was at an instant: what has not changed since is searched as it is, the rest as these revisions. */
export interface PastScope {
  readonly asOf: Date;
  /** Of things that have changed since: as they were, those that pass the filter. */
  readonly revisions: readonly PastRevision[];
}

/** A thing as it was, by what tells its indexed chunks from others of it. */
export interface PastRevision {
  readonly entityId: EntityId;
  readonly checksum: string;
  readonly title: string;
}

/**
 * Where chunks are kept and found. Every query sees one user's chunks of one model only, and nothing in the trash
 * unless it asks for that.
 */
export interface SearchIndex extends IndexMaintenance {
  /**
   * Replaces what is indexed of an entity under this model.
   * @param options.isOutgoing says that the model gives way to another: its index is not begun anew once it is gone.
   * @returns false if a newer version is indexed already, or the entity is gone; nothing is changed then.
   */
  replace(revision: IndexedRevision, options?: { isOutgoing?: boolean }): Promise<boolean>;
  /** The same for many at once, all of one model and of different entities: all of them are replaced, or none. */
  replaceAll(revisions: readonly IndexedRevision[], options?: { isOutgoing?: boolean }): Promise<boolean[]>;
  /** The version of the entity that is indexed under this model, or `null`. */
  indexedVersion(entity: { userId: UserId; entityId: EntityId; model: string }): Promise<number | null>;
  /** The vectors of an entity's chunks under this model, in the order of the chunks; none if it is not indexed. */
  embeddingsOf(entity: { userId: UserId; entityId: EntityId; model: string }): Promise<Float32Array[]>;
  candidates(query: CandidateQuery): Promise<{ words: QueryWord[]; chunks: ChunkCandidate[] }>;
  /** The model of the vectors that answer; `null` while nothing is indexed. */
  liveModel(): Promise<string | null>;
  /** What it is, and what it lacks and what to do about that; for people. */
  describe(): Promise<string>;
}
