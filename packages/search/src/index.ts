export { type Chunk, chunkMarkdown } from './chunk-markdown.ts';
export { cutSnippet } from './cut-snippet.ts';
export { answerThreshold, type FusedHit, fuse } from './fuse.ts';
export type { GenerationStatus, IndexMaintenance, UnindexedThing } from './index-maintenance.ts';
export { readContentNames } from './names/content-names.ts';
export { linkContext } from './names/link-context.ts';
export { createSearchIndex } from './pgvector/pgvector-index.ts';
export { plainText } from './plain-text.ts';
export type { QdrantConnection } from './qdrant/qdrant-vectors.ts';
export { type ParsedQuery, parseQuery } from './query/parse-query.ts';
export type { QueryWord } from './query-word.ts';
export type {
  ChunkCandidate,
  IndexedChunk,
  IndexedRevision,
  LifeState,
  PastScope,
  SearchFilter,
  SearchIndex,
} from './search-index.ts';
export type { VectorStore } from './vectors/vector-store.ts';
