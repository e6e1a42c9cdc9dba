import type { EntityId, EntityType, UserId } from '@synap/domain';
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
  readonly model: string;
  readonly chunks: readonly IndexedChunk[];
}

/** What a hit must be, beside fitting the words and the meaning. */
export interface SearchFilter {
  readonly type?: EntityType | undefined;
  readonly tag?: string | undefined;
  /** Created at or after. */
  readonly from?: Date | undefined;
  /** Created before. */
  readonly to?: Date | undefined;
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
}

/** The query against one user's chunks. */
export interface CandidateQuery {
  readonly userId: UserId;
  readonly model: string;
  readonly text: string;
  /** `null` searches by words alone. */
  readonly embedding: Float32Array | null;
  /** Whether words count; without them it searches by meaning alone. */
  readonly useWords: boolean;
  readonly filter: SearchFilter;
  /** How many chunks each of the ways to find one may bring. */
  readonly limit: number;
}

/**
 * Where chunks are kept and found. Every query sees one user's chunks of one model only, and nothing in the trash.
 */
export interface SearchIndex {
  /**
   * Replaces what is indexed of an entity under this model.
   * @returns false if a newer version is indexed already; nothing is changed then.
   */
  replace(revision: IndexedRevision): Promise<boolean>;
  /** The version of the entity that is indexed under this model, or `null`. */
  indexedVersion(entity: { userId: UserId; entityId: EntityId; model: string }): Promise<number | null>;
  /** The vectors of an entity's chunks under this model, in the order of the chunks; none if it is not indexed. */
  embeddingsOf(entity: { userId: UserId; entityId: EntityId; model: string }): Promise<Float32Array[]>;
  candidates(query: CandidateQuery): Promise<{ words: QueryWord[]; chunks: ChunkCandidate[] }>;
}
