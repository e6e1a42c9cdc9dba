export { type Chunk, chunkMarkdown } from './chunk-markdown.ts';
export { cutSnippet } from './cut-snippet.ts';
export { answerThreshold, type FusedHit, fuse } from './fuse.ts';
export { createPgvectorIndex } from './pgvector-index.ts';
export { plainText } from './plain-text.ts';
export type { QueryWord } from './query-word.ts';
export type { ChunkCandidate, IndexedChunk, SearchFilter, SearchIndex } from './search-index.ts';
