import type { TextEmbedder } from '@synap/ai';
import { loadEntities } from '@synap/database';
import { type EntityState, type FileReference, FileType, NotFound, Unavailable, type UserId } from '@synap/domain';
import {
  type ChunkCandidate,
  cutSnippet,
  type FusedHit,
  fuse,
  plainText,
  type QueryWord,
  type SearchFilter,
} from '@synap/search';
import { readBytes } from '@synap/storage';
import type { Parts } from '../parts.ts';
import { type EntityView, viewEntity } from '../views.ts';

export const SearchMode = { hybrid: 'hybrid', semantic: 'semantic', text: 'text' } as const;
export type SearchMode = (typeof SearchMode)[keyof typeof SearchMode];

export interface SearchQuery {
  readonly text: string;
  readonly mode: SearchMode;
  readonly filter: SearchFilter;
  readonly limit: number;
}

export interface SearchHit {
  entity: EntityView;
  /** 0..1, comparable within one answer only. */
  score: number;
  /** The part of the content that fits best. */
  snippet: string;
  why: {
    /** Which part of the content it was. */
    chunk: { index: number; start: number; end: number };
    similarity: number | null;
    /** The share of the query's rare words that the hit has. */
    coverage: number;
    words: string[];
    /** What the words added to the similarity, in its units. */
    wordBonus: number;
  };
}

/** What was found; and where that is nothing, what came closest to it. */
export interface SearchAnswer {
  items: SearchHit[];
  /** Empty where something was found. None of these is likely to be what was meant. */
  closest: SearchHit[];
}

/**
 * Finds the user's things by meaning, by words, or by both.
 * @throws {Unavailable} if the query cannot be embedded.
 */
export async function search(
  parts: Parts,
  userId: UserId,
  { text, mode, filter, limit }: SearchQuery,
  options: { signal?: AbortSignal } = {},
): Promise<SearchAnswer> {
  const { words, chunks } = await findCandidates(parts, userId, { text, mode, filter, limit }, options);
  const hits = fuse(chunks, words, { text });
  const isAnswered = hits.some(({ isAnswer }) => isAnswer);
  const found = await toSearchHits(parts, userId, hits.slice(0, isAnswered ? limit : Math.min(CLOSEST_MAX, limit)));
  return isAnswered ? { items: found, closest: [] } : { items: [], closest: found };
}

/** So many are shown where nothing was found. */
const CLOSEST_MAX = 3;

/** What may answer the query, not yet ranked. @throws {Unavailable} if the query cannot be embedded. */
export async function findCandidates(
  { embedder, index }: Parts,
  userId: UserId,
  { text, mode, filter, limit }: SearchQuery,
  options: { signal?: AbortSignal } = {},
): Promise<{ words: QueryWord[]; chunks: ChunkCandidate[] }> {
  const embedding = mode === SearchMode.text ? null : await embedQuery(embedder, text, options);
  return index.candidates({
    userId,
    model: embedder.model,
    text,
    embedding,
    useWords: mode !== SearchMode.semantic,
    filter,
    limit: Math.max(CANDIDATES_MIN, limit),
  });
}

async function toSearchHits(parts: Parts, userId: UserId, hits: readonly FusedHit[]): Promise<SearchHit[]> {
  const ids = hits.map(({ chunk }) => chunk.entityId);
  const states = await loadEntities(parts.database.queries, userId, ids);
  const items = hits.flatMap((hit) => {
    const state = states.get(hit.chunk.entityId);
    return state === undefined ? [] : [{ hit, state }];
  });
  return Promise.all(items.map(({ hit, state }) => toSearchHit(parts, hit, state)));
}

/** How many chunks each way of finding brings to the fusion, at the least. */
const CANDIDATES_MIN = 50;

async function embedQuery(embedder: TextEmbedder, text: string, options: { signal?: AbortSignal }) {
  const [embedding] = await embedder.embed([text], { priority: 'interactive', ...options });
  if (embedding === undefined) throw new Error('The embedder answered no vector for the query.');
  return embedding;
}

async function toSearchHit(parts: Parts, hit: FusedHit, state: EntityState): Promise<SearchHit> {
  const { chunk, score, coverage, words, wordBonus } = hit;
  return {
    entity: viewEntity(state),
    score,
    snippet: await readSnippet(parts, hit, state),
    why: {
      chunk: { index: chunk.chunkIndex, start: chunk.start, end: chunk.end },
      similarity: chunk.similarity,
      coverage,
      words: [...words],
      wordBonus,
    },
  };
}

/** Whether places in what is indexed are places in the file; in a document they are places in its text. */
export function isReadAsItStands({ fileType }: FileReference): boolean {
  return fileType === FileType.markdown || fileType === FileType.text;
}

/** Cut from the file itself. Where the content has changed since it was indexed, or is gone, the preview stands in. */
async function readSnippet({ files }: Parts, { chunk, words }: FusedHit, { file }: EntityState): Promise<string> {
  if (file === null || file.checksum !== chunk.checksum || !isReadAsItStands(file)) return file?.preview ?? '';
  try {
    const bytes = await readBytes(files, file.filePath, { range: chunk });
    return cutSnippet(plainText(new TextDecoder().decode(bytes)), { words });
  } catch (error) {
    if (error instanceof NotFound || error instanceof Unavailable) return file.preview;
    throw error;
  }
}
