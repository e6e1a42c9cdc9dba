import type { TextEmbedder } from '@synap/ai';
import { type EntityId, type EntityState, FileType, type UserId } from '@synap/domain';
import { type Chunk, chunkMarkdown, type IndexedChunk, type IndexedRevision, plainText } from '@synap/search';
import type { Parts } from '../parts.ts';
import { readState } from '../queries/get-entity.ts';
import { type ReadableText, readableText } from './readable-text.ts';

/** What came of indexing: how many chunks there are now, or that a newer version is indexed already. */
export type Indexing = { readonly chunks: number } | { readonly superseded: true };

/**
 * Makes an entity's present content findable: splits it, embeds each chunk under its title and headings, and replaces
 * what was indexed of it; under each model that the index has open, while one takes another's place. Repeating it
 * changes nothing. That it failed, or that its text could not be read, is remembered, for `search.status`.
 *
 * @param title the title to embed it under, where it is about to change.
 * @throws {Unavailable} if the file is gone.
 */
export async function indexContent(
  parts: Parts,
  entity: { userId: UserId; entityId: EntityId; title?: string },
  { signal }: { signal: AbortSignal },
): Promise<Indexing> {
  const { index, embedder, earlierEmbedders = [] } = parts;
  const { userId, entityId } = entity;
  const state = await readState(parts, userId, { id: entityId });
  const revision = { ...state, title: entity.title ?? state.title };
  const models = await index.openModels();
  const outgoing = earlierEmbedders.filter(({ model }) => models.includes(model));
  const indexing = await indexUnder(parts, embedder, revision, { signal, isOutgoing: false });
  for (const one of outgoing) await indexUnder(parts, one, revision, { signal, isOutgoing: true });
  return indexing;
}

async function indexUnder(
  parts: Parts,
  embedder: TextEmbedder,
  revision: EntityState,
  { signal, isOutgoing }: { signal: AbortSignal; isOutgoing: boolean },
): Promise<Indexing> {
  const { index } = parts;
  const failure = { userId: revision.userId, entityId: revision.id, model: embedder.model };
  try {
    const { problem, ...indexed } = await embedRevision(parts, embedder, revision, { signal });
    if (!(await index.replace(indexed, { isOutgoing }))) return { superseded: true };
    if (problem !== null) await index.reportFailure({ ...failure, reason: problem });
    return { chunks: indexed.chunks.length };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!signal.aborted) await index.reportFailure({ ...failure, reason });
    throw error;
  }
}

/**
 * One revision of an entity, split and embedded, ready for the index; with why its text could not be read, if so.
 * @throws {Unavailable} if the file is gone.
 */
export async function embedRevision(
  all: Parts,
  embedder: TextEmbedder,
  { id: entityId, userId, title, file, version }: Pick<EntityState, 'id' | 'userId' | 'title' | 'file' | 'version'>,
  { signal }: { signal: AbortSignal },
): Promise<IndexedRevision & Pick<ReadableText, 'problem'>> {
  const { text, problem } = file === null ? NO_FILE : await readableText(all, file, { signal });
  const parts = chunkMarkdown(text);
  const chunks = parts.length === 0 ? [TITLE_ALONE] : parts;
  const names = file === null || file.fileType === FileType.markdown ? [] : [wordsOfName(title)];
  const embeddings = await embedder.embed(
    chunks.map((chunk) => embeddedText(title, chunk)),
    { priority: 'background', signal, userId },
  );
  return {
    problem,
    userId,
    entityId,
    entityVersion: version,
    checksum: file?.checksum ?? '',
    title,
    model: embedder.model,
    chunks: chunks.map((chunk, position) =>
      indexedChunk(
        position === 0 ? { ...chunk, headings: [...chunk.headings, ...names] } : chunk,
        embeddings[position],
      ),
    ),
  };
}

const NO_FILE: ReadableText = { text: '', problem: null };

/** Stands for content without readable text, so that the thing is found by its title at least. */
const TITLE_ALONE: Chunk = { start: 0, end: 0, text: '', headings: [] };

/** The words of a file's name each by itself: the lexical index takes 'invoice-march.pdf' for the name of a host. */
function wordsOfName(title: string): string {
  return title.replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ').trim();
}

/** A chunk means more under the title and headings that it stands under. */
function embeddedText(title: string, { headings, text }: Chunk): string {
  return [title, ...headings, plainText(text)].join('\n');
}

function indexedChunk({ start, end, headings, text }: Chunk, embedding: Float32Array | undefined): IndexedChunk {
  if (embedding === undefined) throw new Error('The embedder answered fewer vectors than it was given texts.');
  return { start, end, text: [...headings, text].join('\n'), embedding };
}
