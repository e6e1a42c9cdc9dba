import { type FileReference, FileType, SynapError, Unprocessable } from '@synap/domain';
import { decodeText } from '../content/text-content.ts';
import type { Parts } from '../parts.ts';
import { readReferencedFile, readReferencedParts } from '../queries/read-content.ts';

/** So much of a document is made findable: a thick book. More would keep everything else waiting for its turn. */
const TEXT_MAX_LENGTH = 2_000_000;

/** The text by which a file is found. */
export interface ReadableText {
  /** Empty where it has none, or none that can be read: then it is found by its title. */
  readonly text: string;
  /** Why it could not be read, as a sentence for the person whose file it is; `null` where it could. */
  readonly problem: string | null;
}

const NO_TRANSCRIBER =
  'No transcriber is configured (TRANSCRIPTION_MODEL): it is found by its name, not by what is said in it.';

const NO_SOUNDTRACKS =
  'ffmpeg is not installed where the server runs: it is found by its name, not by what is said in it. Install it and add the film again.';

/**
 * The text by which a file is found. A file that is broken, or made to do harm, has a problem and no text; nobody else has
 * to wait for it, or fails with it.
 *
 * Of Markdown and plain text in UTF-8 it is the file as it stands, so that places in it are places in the file.
 *
 * @throws {Unavailable} if the file is gone, or its text cannot be read for now.
 */
export async function readableText(
  parts: Parts,
  file: FileReference,
  { signal }: { signal: AbortSignal },
): Promise<ReadableText> {
  switch (file.fileType) {
    case FileType.markdown:
      return { text: decodeText(await readReferencedFile(parts.files, file.filePath)), problem: null };
    case FileType.text: {
      const text = await asItStands(parts, file);
      return text === null ? extractedText(parts, file, { signal }) : { text, problem: null };
    }
    case FileType.html:
    case FileType.docx:
    case FileType.pdf:
    case FileType.image:
      return extractedText(parts, file, { signal });
    case FileType.audio:
      return { text: '', problem: parts.transcriber === undefined ? NO_TRANSCRIBER : null };
    case FileType.video: {
      const isUnheard = parts.transcriber !== undefined && parts.soundtracks === undefined;
      return { text: '', problem: isUnheard ? NO_SOUNDTRACKS : null };
    }
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
): Promise<ReadableText> {
  try {
    const content = await readReferencedParts(files, file, { signal });
    const { text, problem } = await extractor.extractText({
      kind: file.fileType,
      content,
      maxTextLength: TEXT_MAX_LENGTH,
      signal,
    });
    return { text: text ?? '', problem: problem?.message ?? null };
  } catch (error) {
    if (error instanceof Unprocessable) return { text: '', problem: error.message };
    throw error;
  }
}
