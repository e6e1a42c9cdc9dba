import type { TextEmbedder } from '@synap/ai';
import { loadEntities } from '@synap/database';
import { type EntityState, type FileReference, FileType, NotFound, Unavailable, type UserId } from '@synap/domain';
import { cutSnippet, type FusedHit, fuse, plainText, type SearchFilter } from '@synap/search';
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
  };
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
): Promise<{ items: SearchHit[] }> {
  const { embedder, index, database } = parts;
  const embedding = mode === SearchMode.text ? null : await embedQuery(embedder, text, options);
  const { words, chunks } = await index.candidates({
    userId,
    model: embedder.model,
    text,
    embedding,
    useWords: mode !== SearchMode.semantic,
    filter,
    limit: Math.max(CANDIDATES_MIN, limit),
  });
  const hits = fuse(chunks, words).slice(0, limit);
  const states = await loadEntities(
    database.queries,
    userId,
    hits.map(({ chunk }) => chunk.entityId),
  );
  const items = hits.flatMap((hit) => {
    const state = states.get(hit.chunk.entityId);
    return state === undefined ? [] : [{ hit, state }];
  });
  return { items: await Promise.all(items.map(({ hit, state }) => toSearchHit(parts, hit, state))) };
}

/** How many chunks each way of finding brings to the fusion, at the least. */
const CANDIDATES_MIN = 50;

async function embedQuery(embedder: TextEmbedder, text: string, options: { signal?: AbortSignal }) {
  const [embedding] = await embedder.embed([text], { priority: 'interactive', ...options });
  if (embedding === undefined) throw new Error('The embedder answered no vector for the query.');
  return embedding;
}

async function toSearchHit(parts: Parts, hit: FusedHit, state: EntityState): Promise<SearchHit> {
  const { chunk, score, coverage, words } = hit;
  return {
    entity: viewEntity(state),
    score,
    snippet: await readSnippet(parts, hit, state),
    why: {
      chunk: { index: chunk.chunkIndex, start: chunk.start, end: chunk.end },
      similarity: chunk.similarity,
      coverage,
      words: [...words],
    },
  };
}

/** Whether places in what is indexed are places in the file; in a document they are places in its text. */
function isReadAsItStands({ fileType }: FileReference): boolean {
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
