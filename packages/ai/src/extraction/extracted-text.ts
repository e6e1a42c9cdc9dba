import type { FileType } from '@synap/domain';

/** Why the text of a file could not be read. */
export type ExtractionProblemReason =
  /** It is protected by a password. */
  | 'encrypted'
  /** It is damaged, or not what its beginning says. */
  | 'unreadable'
  /** Reading it would take more memory than a file may. */
  | 'too_complex'
  /** It is larger than what is read for text. */
  | 'too_large'
  /** It took longer than a file may. */
  | 'timed_out';

export interface ExtractionProblem {
  readonly reason: ExtractionProblemReason;
  /** A sentence for the person whose file it is. */
  readonly message: string;
}

/** What was read from a file. It can be stored: well-formed Unicode without control characters but tab and line feed. */
export interface ExtractedText {
  /** Null if the kind has no text, as an image, or if there is a problem. */
  readonly text: string | null;
  /** The title that the file itself names, on one line of up to 500 characters; null if it names none. */
  readonly title: string | null;
  /** Whether there is more text than was asked for, or than could be read in time. */
  readonly isTruncated: boolean;
  readonly problem: ExtractionProblem | null;
}

/** A file whose text is wanted. */
export interface FileToRead {
  readonly kind: FileType;
  /** All of it, or as it comes; only as much is taken as the text needs. */
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
  /** How much text is wanted, in UTF-16 code units. */
  readonly maxTextLength: number;
}

/** A web page whose article is wanted, in UTF-8. */
export interface PageToRead extends Omit<FileToRead, 'kind'> {
  /** Where it is from. */
  readonly url: string;
}

/** The result for a file without text. */
export const NO_TEXT: ExtractedText = { text: null, title: null, isTruncated: false, problem: null };

const MESSAGES: Readonly<Record<ExtractionProblemReason, string>> = {
  encrypted: 'The file is protected by a password, so its text cannot be read.',
  unreadable: 'The file is damaged or not what it begins like, so its text cannot be read.',
  too_complex: 'Reading the text of the file takes more memory than is allowed.',
  too_large: 'The file is larger than what is read for text.',
  timed_out: 'Reading the text of the file took too long and was given up.',
};

/** The result for a file whose text could not be read. */
export function withProblem(reason: ExtractionProblemReason): ExtractedText {
  return { ...NO_TEXT, problem: { reason, message: MESSAGES[reason] } };
}

const TITLE_MAX_LENGTH = 500;

/** Text as every store can hold it; see `ExtractedText`. */
export function toStorableText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|\u2028|\u2029/g, '\n')
    .replace(/[^\P{Cc}\t\n]/gu, '');
}

/** A title as every store can hold it, or null if nothing is left of it. */
export function toTitle(written: unknown): string | null {
  if (typeof written !== 'string') return null;
  const oneLine = toStorableText(written.slice(0, TITLE_MAX_LENGTH * 4))
    .replace(/\s+/g, ' ')
    .trim();
  return cutAtCharacter(oneLine, TITLE_MAX_LENGTH) || null;
}

/** The first `maxLength` UTF-16 units, without half of a surrogate pair at the end. */
export function cutAtCharacter(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, '');
}
