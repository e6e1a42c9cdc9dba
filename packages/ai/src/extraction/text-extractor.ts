import type { ExtractedText, FileToRead, PageToRead } from './extracted-text.ts';

/** Reads the text of files. */
export interface TextExtractor {
  /**
   * The text of one file, for previews and the search index. A file whose text cannot be read has a result too: its
   * `problem` says why.
   *
   * @throws {Unprocessable} the file is made to exhaust whoever opens it: a zip bomb.
   * @throws {Unavailable} the process cannot be started, or the extractor was closed.
   * @throws the signal's reason, if it aborts; and what the content throws, if it fails as it is read.
   */
  extractText(file: FileToRead & { readonly signal?: AbortSignal }): Promise<ExtractedText>;
  /**
   * What a web page says, as Markdown: its article, or all of a page that has none; links in it are absolute.
   * @throws as `extractText`.
   */
  extractArticle(page: PageToRead & { readonly signal?: AbortSignal }): Promise<ExtractedText>;
  /** Ends the process; what is being read or waits is rejected. */
  close(): Promise<void>;
}
