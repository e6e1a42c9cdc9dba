import { loadEntity } from '@synap/database';
import type { EntityId, UserId } from '@synap/domain';
import { type Chunk, chunkMarkdown, type IndexedChunk, plainText } from '@synap/search';
import { decodeText } from '../content/text-content.ts';
import type { Parts } from '../parts.ts';
import { readReferencedFile } from '../queries/read-content.ts';

/** What came of indexing: how many chunks there are now, or that a newer version is indexed already. */
export type Indexing = { readonly chunks: number } | { readonly superseded: true };

/**
 * Makes an entity's present content findable: splits it, embeds each chunk under its title and headings, and replaces
 * what was indexed of it. Repeating it changes nothing.
 *
 * @param title the title to embed it under, where it is about to change.
 * @throws {Unavailable} if the file is gone.
 */
export async function indexContent(
  { database, files, index, embedder }: Parts,
  entity: { userId: UserId; entityId: EntityId; title?: string },
  { signal }: { signal: AbortSignal },
): Promise<Indexing> {
  const { userId, entityId } = entity;
  const state = await loadEntity(database.queries, userId, entityId);
  const { model } = embedder;
  const text = state.file === null ? '' : decodeText(await readReferencedFile(files, state.file.filePath));
  const parts = chunkMarkdown(text);
  const chunks = parts.length === 0 ? [TITLE_ALONE] : parts;
  const title = entity.title ?? state.title;
  const embeddings = await embedder.embed(
    chunks.map((chunk) => embeddedText(title, chunk)),
    { priority: 'background', signal },
  );
  const isReplaced = await index.replace({
    userId,
    entityId,
    entityVersion: state.version,
    checksum: state.file?.checksum ?? '',
    title,
    model,
    chunks: chunks.map((chunk, position) => indexedChunk(chunk, embeddings[position])),
  });
  return isReplaced ? { chunks: chunks.length } : { superseded: true };
}

/** Stands for content without readable text, so that the thing is found by its title at least. */
const TITLE_ALONE: Chunk = { start: 0, end: 0, text: '', headings: [] };

/** A chunk means more under the title and headings that it stands under. */
function embeddedText(title: string, { headings, text }: Chunk): string {
  return [title, ...headings, plainText(text)].join('\n');
}

function indexedChunk({ start, end, headings, text }: Chunk, embedding: Float32Array | undefined): IndexedChunk {
  if (embedding === undefined) throw new Error('The embedder answered fewer vectors than it was given texts.');
  return { start, end, text: [...headings, text].join('\n'), embedding };
}
