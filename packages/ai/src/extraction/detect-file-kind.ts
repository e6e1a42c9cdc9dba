/**
 * What a file is, by its bytes. The order guarantees that neither a name nor an announced type can make content pass
 * for what it is not: bytes that are text throughout are text, whatever magic number they imitate (a note that begins
 * with 'BM' is no bitmap, a script that begins with 'GIF89a' is no picture); what is not text is what its magic number
 * says; everything else is refused. The name is heard only where bytes cannot tell: between Markdown and plain text,
 * and on whether a text that begins with a tag which both may begin with is HTML.
 */
import { FileType, UnsupportedType } from '@synap/domain';
import { fileTypeFromBuffer } from 'file-type';
import { type DecodedText, decodeText, type TextCharset } from './decode-text.ts';
import { looksLikeDocx } from './docx/docx-start.ts';
import { markupStart } from './markup-start.ts';
import { isActiveContent, kindOfMediaType, mediaTypeOf } from './media-type.ts';

/** How many bytes of a file's beginning are enough to tell what it is. */
export const FILE_HEAD_BYTES = 65_536;

/** What the sender says about a file; believed only where its bytes leave it open. */
export interface FileHints {
  readonly fileName?: string;
  /** The MIME type that was announced. */
  readonly announcedType?: string;
  /** Whether `head` is the whole file, so that its last character must be whole as well. Default: true if it is shorter than `FILE_HEAD_BYTES`. */
  readonly isComplete?: boolean;
}

/** What a file is. */
export interface FileKind {
  readonly kind: FileType;
  /** The MIME type, without parameters. */
  readonly mediaType: string;
  /** The extension under which it is stored, without the dot. */
  readonly extension: string;
  /** Of text; null for binary files. */
  readonly charset: TextCharset | null;
  /** Whether a browser would run what is written in it, as `isActiveContent`. */
  readonly isActive: boolean;
}

/**
 * Tells what a file is by the bytes it begins with.
 *
 * @param head the first `FILE_HEAD_BYTES`, or the whole of a shorter file.
 * @throws {UnsupportedType} if it is empty or none of the kinds that are kept; the message says what is accepted.
 */
export async function detectFileKind(head: Uint8Array, hints: FileHints = {}): Promise<FileKind> {
  const { isComplete = head.byteLength < FILE_HEAD_BYTES } = hints;
  if (head.byteLength === 0) throw refusal('This file is empty.');
  const decoded = decodeText(head, { isComplete });
  return decoded === undefined ? detectBinary(head) : detectText(decoded, hints);
}

function detectText({ text, charset }: DecodedText, hints: FileHints): FileKind {
  const start = markupStart(text);
  if (start === 'pdf') return fileKind(FileType.pdf, 'pdf');
  if (start === 'svg') return fileKind(FileType.image, 'svg', charset);
  if (start === 'html' || (start === 'fragment' && isCalledHtml(hints)))
    return fileKind(FileType.html, 'html', charset);
  return isCalledPlain(hints) ? fileKind(FileType.text, 'txt', charset) : fileKind(FileType.markdown, 'md', charset);
}

async function detectBinary(head: Uint8Array): Promise<FileKind> {
  // Its bytes are also the beginning of a kind of sound that nobody makes.
  if (startsWith(head, UTF_32_MARK)) throw refusal(whyRefused(undefined));
  const found = await byMagicNumber(head);
  const mediaType = found?.mime.split(';')[0];
  const kind = mediaType === undefined ? undefined : kindOfMediaType(mediaType);
  if (found !== undefined && mediaType !== undefined && kind !== undefined) {
    return { ...fileKind(kind, found.ext), mediaType, isActive: isActiveContent(mediaType) };
  }
  if (mediaType === 'application/zip' && looksLikeDocx(head)) return fileKind(FileType.docx, 'docx');
  if (found === undefined && startsLate(head, '%PDF-')) return fileKind(FileType.pdf, 'pdf');
  if (found === undefined && startsWith(head, 'ID3')) return fileKind(FileType.audio, 'mp3');
  throw refusal(whyRefused(mediaType));
}

const UTF_32_MARK = '\u00ff\u00fe\0\0';

/** The library reads formats of others' making; what it stumbles over is nothing that it knows. */
async function byMagicNumber(head: Uint8Array): Promise<{ ext: string; mime: string } | undefined> {
  try {
    return await fileTypeFromBuffer(head);
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function fileKind(kind: FileType, extension: string, charset: TextCharset | null = null): FileKind {
  const mediaType = mediaTypeOf(extension);
  return { kind, mediaType, extension, charset, isActive: isActiveContent(mediaType) };
}

const MARKDOWN_NAME = /\.(?:md|markdown|mdown|mkdn?|mdwn)$/i;
const HTML_NAME = /\.(?:html?|xhtml?)$/i;
const ANY_EXTENSION = /[^./\\]\.[^./\\\s]{1,16}$/;
/** Said of anything, by programs that do not look. */
const TYPE_THAT_SAYS_NOTHING =
  /^(?:|application\/octet-stream|binary\/octet-stream|application\/x-www-form-urlencoded)$/;

function isCalledHtml({ fileName = '', announcedType = '' }: FileHints): boolean {
  return HTML_NAME.test(fileName) || /^(?:text\/html|application\/xhtml\+xml)$/.test(essence(announcedType));
}

/** Whether something says that this is another text than Markdown, and nothing that it is Markdown. */
function isCalledPlain({ fileName = '', announcedType = '' }: FileHints): boolean {
  const type = essence(announcedType);
  if (MARKDOWN_NAME.test(fileName) || /^text\/(?:x-)?markdown$/.test(type)) return false;
  return ANY_EXTENSION.test(fileName) || !TYPE_THAT_SAYS_NOTHING.test(type);
}

function essence(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim().toLowerCase();
}

function startsWith(head: Uint8Array, mark: string): boolean {
  return (
    Buffer.from(head.buffer, head.byteOffset, mark.length <= head.byteLength ? mark.length : 0).toString('latin1') ===
    mark
  );
}

/** PDF readers forgive up to a kilobyte of anything before the mark. */
function startsLate(head: Uint8Array, mark: string): boolean {
  return Buffer.from(head.subarray(0, 1024)).includes(mark, 0, 'latin1');
}

function whyRefused(mediaType: string | undefined): string {
  switch (mediaType) {
    case undefined:
      return 'This is binary data of a kind that is not known, or text that is not UTF-8.';
    case 'application/zip':
      return 'This is a zip archive. Unpack it and add its files.';
    case 'application/x-cfb':
      return 'This is an Office file that is protected by a password or older than .docx. Save it as .docx without one.';
    default:
      return `Files of the type ${mediaType} are not accepted.`;
  }
}

function refusal(why: string): UnsupportedType {
  return new UnsupportedType(
    `${why} Accepted are Markdown and other text (UTF-8), HTML, PDF, Word documents (.docx), images, audio and video.`,
  );
}
