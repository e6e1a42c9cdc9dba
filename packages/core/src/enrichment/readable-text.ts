import { type FileReference, FileType, SynapError, Unprocessable } from '@synap/domain';
import { decodeText } from '../content/text-content.ts';
import type { Parts } from '../parts.ts';
import { readReferencedFile, readReferencedParts } from '../queries/read-content.ts';

/** So much of a document is made findable: a thick book. More would keep everything else waiting for its turn. */
const TEXT_MAX_LENGTH = 2_000_000;

/**
 * The text by which a file is found; empty where it has none, or none that can be read. A file that is broken, or made to
 * do harm, is found by its title.
 *
 * Of Markdown and plain text in UTF-8 it is the file as it stands, so that places in it are places in the file.
 *
 * @throws {Unavailable} if the file is gone, or its text cannot be read for now.
 */
export async function readableText(
  parts: Parts,
  file: FileReference,
  { signal }: { signal: AbortSignal },
): Promise<string> {
  switch (file.fileType) {
    case FileType.markdown:
      return decodeText(await readReferencedFile(parts.files, file.filePath));
    case FileType.text:
      return (await asItStands(parts, file)) ?? extractedText(parts, file, { signal });
    case FileType.html:
    case FileType.docx:
    case FileType.pdf:
    case FileType.image:
      return extractedText(parts, file, { signal });
    case FileType.audio:
    case FileType.video:
      return '';
  }
}

async function asItStands({ files }: Parts, { filePath }: FileReference): Promise<string | null> {
  const bytes = await readReferencedFile(files, filePath);
  try {
    return decodeText(bytes);
  } catch (error) {
    if (error instanceof SynapError) return null;
    throw error;
  }
}

async function extractedText(
  { files, extractor }: Parts,
  file: FileReference,
  { signal }: { signal: AbortSignal },
): Promise<string> {
  try {
    const content = await readReferencedParts(files, file, { signal });
    const { text } = await extractor.extractText({
      kind: file.fileType,
      content,
      maxTextLength: TEXT_MAX_LENGTH,
      signal,
    });
    return text ?? '';
  } catch (error) {
    if (error instanceof Unprocessable) return '';
    throw error;
  }
}
