import { createHash } from 'node:crypto';
import type { EntityId, UserId } from '@synap/domain';
import type { Generation } from '../pgvector/generations.ts';

/** One revision of a thing as it is indexed: its content and the title that it stands under. */
export interface RevisionKey {
  readonly entityId: string;
  readonly checksum: string;
  readonly titleDigest: string;
}

/** A chunk of a revision. */
export interface RevisionChunk extends RevisionKey {
  readonly chunkIndex: number;
}

/** The vectors of all chunks of a revision, in their order. */
export interface RevisionVectors extends RevisionKey {
  readonly userId: UserId;
  readonly embeddings: readonly Float32Array[];
}

/** What of one user's vectors is looked through: the present revisions, those of some things, or these revisions. */
export type VectorsAmong =
  | { readonly kind: 'present' }
  | { readonly kind: 'things'; readonly entityIds: readonly string[] }
  | { readonly kind: 'revisions'; readonly revisions: readonly RevisionKey[] };

/** One user's question to a store of vectors. */
export interface VectorQuery {
  readonly userId: UserId;
  readonly embedding: Float32Array;
}

/**
 * A store of vectors beside the database. The rows of the chunks stay in the database and say what is true: a vector
 * whose row is not there, or is of another revision, is no hit. So a store may have too much after a crash, and what it
 * lacks is put in again by whoever repeats the write.
 */
export interface VectorStore {
  /** By this name a generation remembers where its vectors are. */
  readonly name: string;
  /** Makes room for a generation that knows its dimension. Repeating it changes nothing. */
  prepare(generation: Generation): Promise<void>;
  /** Puts the vectors of a revision in; they answer as soon as this returns. */
  put(generation: Generation, vectors: RevisionVectors, options: { isPresent: boolean }): Promise<void>;
  /** Says which revision of a thing is the present one; all others are past. */
  markPresent(generation: Generation, userId: UserId, revision: RevisionKey): Promise<void>;
  /** The nearest of one user's chunks, the nearest first. */
  nearest(
    generation: Generation,
    query: VectorQuery & { readonly limit: number },
    among: VectorsAmong,
  ): Promise<RevisionChunk[]>;
  /** Cosine similarities of one user's chunks to the query, in their order; `null` for what is not there. */
  similarities(
    generation: Generation,
    query: VectorQuery,
    chunks: readonly RevisionChunk[],
  ): Promise<(number | null)[]>;
  /** The vectors of one user's chunks, in their order; without those that are not there. */
  embeddings(generation: Generation, userId: UserId, chunks: readonly RevisionChunk[]): Promise<Float32Array[]>;
  count(generation: Generation, userId: UserId): Promise<number>;
  /** Removes what is there of a user, or of one of their things. @returns how many vectors there were. */
  forget(generation: Generation, owner: { userId: UserId; entityId?: EntityId }): Promise<number>;
  /** Everything whose vectors are there, in pages; a thing may come more than once. */
  things(generation: Generation): AsyncGenerator<{ userId: string; entityId: string }[]>;
  /** Removes a generation. Repeating it changes nothing. */
  drop(generation: Generation): Promise<void>;
  /** What it is; for people. */
  describe(): Promise<string>;
}

/** Stands for a title, as PostgreSQL makes it in `left(md5(title), 16)`. */
export function digestOfTitle(title: string): string {
  return createHash('md5').update(title).digest('hex').slice(0, 16);
}
