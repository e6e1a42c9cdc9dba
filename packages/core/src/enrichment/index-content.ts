import type { TextEmbedder } from '@synap/ai';
import { loadEntity } from '@synap/database';
import { type EntityId, type EntityState, FileType, type UserId } from '@synap/domain';
import { type Chunk, chunkMarkdown, type IndexedChunk, type IndexedRevision, plainText } from '@synap/search';
import type { Parts } from '../parts.ts';
import { readableText } from './readable-text.ts';

/** What came of indexing: how many chunks there are now, or that a newer version is indexed already. */
export type Indexing = { readonly chunks: number } | { readonly superseded: true };

/**
 * Makes an entity's present content findable: splits it, embeds each chunk under its title and headings, and replaces
 * what was indexed of it; under each model that the index has open, while one takes another's place. Repeating it
 * changes nothing. That it failed is remembered, for `search.status`.
 *
 * @param title the title to embed it under, where it is about to change.
 * @throws {Unavailable} if the file is gone.
 */
export async function indexContent(
  parts: Parts,
  entity: { userId: UserId; entityId: EntityId; title?: string },
  { signal }: { signal: AbortSignal },
): Promise<Indexing> {
  const { database, index, embedder, earlierEmbedders = [] } = parts;
  const { userId, entityId } = entity;
  const state = await loadEntity(database.queries, userId, entityId);
  const revision = { ...state, title: entity.title ?? state.title };
  const models = await index.openModels();
  let indexing: Indexing = { superseded: true };
  for (const one of [embedder, ...earlierEmbedders.filter(({ model }) => models.includes(model))]) {
    try {
      const indexed = await embedRevision(parts, one, revision, { signal });
      const isReplaced = await index.replace(indexed, { isOutgoing: one !== embedder });
      if (isReplaced && one === embedder) indexing = { chunks: indexed.chunks.length };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) await index.reportFailure({ userId, entityId, model: one.model, reason });
      throw error;
    }
  }
  await reportUnheard(parts, state);
  return indexing;
}

/** A recording that nobody transcribes is found by its name alone, and `search.status` says why. */
async function reportUnheard(
  { transcriber, index, embedder }: Parts,
  { id, userId, file }: EntityState,
): Promise<void> {
  if (file?.fileType !== FileType.audio || transcriber !== undefined) return;
  const reason =
    'No transcriber is configured (TRANSCRIPTION_MODEL): it is found by its name, not by what is said in it.';
  await index.reportFailure({ userId, entityId: id, model: embedder.model, reason });
}

/**
 * One revision of an entity, split and embedded, ready for the index.
 * @throws {Unavailable} if the file is gone.
 */
export async function embedRevision(
  all: Parts,
  embedder: TextEmbedder,
  { id: entityId, userId, title, file, version }: Pick<EntityState, 'id' | 'userId' | 'title' | 'file' | 'version'>,
  { signal }: { signal: AbortSignal },
): Promise<IndexedRevision> {
  const text = file === null ? '' : await readableText(all, file, { signal });
  const parts = chunkMarkdown(text);
  const chunks = parts.length === 0 ? [TITLE_ALONE] : parts;
  const names = file === null || file.fileType === FileType.markdown ? [] : [wordsOfName(title)];
  const embeddings = await embedder.embed(
    chunks.map((chunk) => embeddedText(title, chunk)),
    { priority: 'background', signal, userId },
  );
  return {
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
