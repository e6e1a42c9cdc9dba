import { detectFileKind, FILE_HEAD_BYTES, type FileKind } from '@synap/ai';
import {
  type EntityId,
  type EntityType,
  type FileReference,
  FileType,
  PREVIEW_MAX_LENGTH,
  TooLarge,
  Unavailable,
  Unprocessable,
} from '@synap/domain';
import { readContentNames } from '@synap/search';
import type { StoredFile } from '@synap/storage';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { deriveTitle } from './derive-title.ts';
import { readStart } from './file-start.ts';
import { FOLDERS, previewOf, previewOfText } from './store-content.ts';
import { decodeText, refuseBlank } from './text-content.ts';

/** Content of any kind, as it comes. */
export interface UploadedContent {
  /** Read once, part by part; never held whole, but for Markdown, which is small. */
  readonly content: AsyncIterable<Uint8Array>;
  /** As the sender calls it; believed only where the bytes leave open what they are. */
  readonly fileName?: string | undefined;
  /** The MIME type that the sender claims; believed as little. */
  readonly announcedType?: string | undefined;
  /** What the content is known to be: anything else is refused. */
  readonly expected?: { readonly checksum: string; readonly sizeBytes: number } | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whose content it becomes. */
export interface ContentOwner {
  readonly entityId: EntityId;
  /** Asked for when all of the content has come: it may be said after it. */
  readonly typeOf: () => EntityType;
  /** What the content was before; `null` for a new entity, of which nobody knows yet. */
  readonly present: FileReference | null;
}

/** Stored content, with the title that it names itself. */
export interface StoredUpload {
  readonly file: FileReference;
  readonly ownTitle: string | null;
}

/**
 * A preview is part of the answer to an upload, and nobody waits longer for one. It takes a few milliseconds of text, and
 * a tenth of a second of most documents; a document that takes longer has none, and is found by its text all the same,
 * since the index is made after the answer.
 */
const PREVIEW_DEADLINE_MS = 2_000;

/**
 * Stores content of any kind as an immutable object, before anything refers to it. What it is, its own bytes say.
 *
 * @throws {UnsupportedType} if it is empty or of no kind that is kept.
 * @throws {TooLarge} as soon as it is longer than files of its kind may be.
 * @throws {ValidationFailed} if it is not what was expected, or Markdown without words.
 * @throws {Unprocessable} if it is made to exhaust whoever opens it.
 * @throws {Unavailable} if the file store fails. Nothing is kept after any of these but, of a zip bomb that was to
 *   replace other content, an object that nothing names.
 */
export async function storeUpload(
  parts: Parts,
  { userId }: CommandContext,
  { owner, upload }: { owner: ContentOwner; upload: UploadedContent },
): Promise<StoredUpload> {
  // What there is no room for is not stored first.
  const bytes = Math.max(0, (upload.expected?.sizeBytes ?? 0) - (owner.present?.fileSize ?? 0));
  await parts.quota?.check(userId, { items: owner.present === null ? 1 : 0, bytes });
  const start = await readStart(upload.content, { headBytes: FILE_HEAD_BYTES });
  try {
    const { head, isComplete } = start;
    const kind = asKept(await detectFileKind(head, { ...hintsOf(upload), isComplete }), owner.present);
    const maxBytes = parts.limits.fileMaxBytes[kind.kind];
    const { entityId } = owner;
    const { expected, signal } = upload;
    const options = signal === undefined ? {} : { signal };
    const file = {
      userId,
      entityId,
      extension: kind.extension,
      maxBytes,
      ...(expected === undefined ? {} : { expected }),
    };
    if (kind.kind === FileType.markdown) {
      const bytes = await readWhole(start.content, { maxBytes });
      const text = decodeText(bytes);
      refuseBlank(text);
      const stored = await parts.files.put({ ...file, folder: FOLDERS[owner.typeOf()], content: bytes }, options);
      const names = readContentNames(text);
      return { file: { ...reference(stored, kind, previewOf(text)), names }, ownTitle: deriveTitle(text) };
    }
    const stored = await parts.files.put({ ...file, folder: 'attachments', content: start.content }, options);
    return await describeStored(parts, stored, { kind, isNew: owner.present === null });
  } finally {
    await start.close();
  }
}

/**
 * Content that lies where it belongs already, such as that of a direct upload, with its preview.
 * @throws {Unprocessable} as `storeUpload`; the object is removed then if it is new.
 */
export async function describeStored(
  parts: Parts,
  stored: StoredFile,
  { kind, isNew }: { kind: FileKind; isNew: boolean },
): Promise<StoredUpload> {
  try {
    const { text, title } = await readBeginning(parts, stored.path, kind.kind);
    return { file: reference(stored, kind, previewOfText(text ?? '')), ownTitle: title };
  } catch (error) {
    // Nobody else knows the id of a new entity, so nothing else can name the object.
    if (isNew) await parts.files.remove(stored.path);
    throw error;
  }
}

function hintsOf({ fileName, announcedType }: UploadedContent) {
  return {
    ...(fileName === undefined ? {} : { fileName }),
    ...(announcedType === undefined ? {} : { announcedType }),
  };
}

const PLAIN = { kind: FileType.text, mediaType: 'text/plain', extension: 'txt', isActive: false } as const;
const MARKDOWN = { kind: FileType.markdown, mediaType: 'text/markdown', extension: 'md', isActive: false } as const;

/**
 * Plain text and Markdown are told apart by what they are called, and a change of the words is no change of that.
 * Markdown is UTF-8; what is said in another encoding is kept as it is, as a text.
 */
export function asKept(kind: FileKind, present: FileReference | null): FileKind {
  const { charset } = kind;
  const isPlain = kind.kind === FileType.text || kind.kind === FileType.markdown;
  if (!isPlain) return kind;
  if (charset !== 'utf-8' || present?.fileType === FileType.text) return { ...PLAIN, charset };
  return present?.fileType === FileType.markdown ? { ...MARKDOWN, charset } : kind;
}

async function readWhole(content: AsyncIterable<Uint8Array>, { maxBytes }: { maxBytes: number }): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of content) {
    sizeBytes += part.byteLength;
    if (sizeBytes > maxBytes) throw new TooLarge(maxBytes);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function reference({ path, sizeBytes, checksum }: StoredFile, { kind }: FileKind, preview: string): FileReference {
  return { filePath: path, fileSize: sizeBytes, fileType: kind, checksum, preview };
}

/** The beginning of a file's text, or none where it cannot be read in time: the file itself is what matters. */
async function readBeginning(
  { files, extractor }: Parts,
  path: string,
  kind: FileType,
): Promise<{ text: string | null; title: string | null }> {
  // Nobody waits for the reading of a picture; it is found by its writing later.
  if (kind === FileType.image) return { text: null, title: null };
  const signal = AbortSignal.timeout(PREVIEW_DEADLINE_MS);
  try {
    const content = await files.read(path, { signal });
    return await extractor.extractText({ kind, content, maxTextLength: PREVIEW_MAX_LENGTH * 2, signal });
  } catch (error) {
    if (error instanceof Unprocessable) throw error;
    if (signal.aborted || error instanceof Unavailable) return { text: null, title: null };
    throw error;
  }
}
