import type { FileType } from '@synap/domain';
import type { ExtractedText } from '../extracted-text.ts';

/** The kinds that are read in a process of their own; the others take no time worth speaking of. */
export type ParsedKind = typeof FileType.html | typeof FileType.docx | typeof FileType.pdf | typeof FileType.image;

/** What is wanted of a file: its plain text, or of a web page its article as Markdown. */
export type Reading =
  | { readonly kind: ParsedKind }
  /** `url` is where the page is from. */
  | { readonly kind: 'article'; readonly url: string };

/** What the extractor posts to its process: one file at a time. The file's bytes follow as frames on standard input. */
export interface ReadRequest {
  readonly reading: Reading;
  readonly maxTextLength: number;
  /** How long the process may read before it is content with what it has. */
  readonly enoughAfterMs: number;
}

/** What the process answers: `ready` when it has started, then exactly one of the others per file. */
export type ReadReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'extracted'; readonly result: ExtractedText }
  /** The file is an attack. */
  | { readonly kind: 'refused'; readonly message: string };
