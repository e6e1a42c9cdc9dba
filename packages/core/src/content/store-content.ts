import { type EntityId, EntityType, type FileReference, FileType, PREVIEW_MAX_LENGTH } from '@synap/domain';
import { plainText, readContentNames } from '@synap/search';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { encodeText } from './text-content.ts';

/** The folder of what people write, by what it is. */
export const FOLDERS = {
  [EntityType.note]: 'notes',
  [EntityType.task]: 'tasks',
  [EntityType.project]: 'projects',
  [EntityType.page]: 'pages',
  [EntityType.event]: 'events',
  [EntityType.idea]: 'ideas',
} as const;

/**
 * Stores a text as an immutable object, before anything refers to it: a crash after this leaves at worst an object
 * that nothing names.
 *
 * @throws {ValidationFailed | TooLarge | UnsupportedType} as `encodeText`.
 * @throws {Unavailable} if the file store fails; nothing is kept then.
 */
export async function storeText(
  { files, limits }: Parts,
  { userId }: CommandContext,
  { id, type, content }: { id: EntityId; type: EntityType; content: string },
): Promise<FileReference> {
  const bytes = encodeText(content, { maxBytes: limits.fileMaxBytes.markdown });
  const file = await files.put({ userId, folder: FOLDERS[type], entityId: id, extension: 'md', content: bytes });
  return {
    filePath: file.path,
    fileSize: file.sizeBytes,
    fileType: FileType.markdown,
    checksum: file.checksum,
    preview: previewOf(content),
    names: readContentNames(content),
  };
}

/** The beginning of a Markdown text, as it reads. */
export function previewOf(content: string): string {
  return previewOfText(plainText(content, { maxLength: PREVIEW_MAX_LENGTH * 2 }));
}

/** The beginning of a readable text, on one line. */
export function previewOfText(readable: string): string {
  const oneLine = readable.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return oneLine.slice(0, PREVIEW_MAX_LENGTH).replace(/[\uD800-\uDBFF]$/, '');
}
