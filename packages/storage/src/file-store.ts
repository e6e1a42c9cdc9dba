import type { FileAddress } from './file-path.ts';

/** The folders of one user's files, by what they are content of. */
export const FileFolder = {
  notes: 'notes',
  tasks: 'tasks',
  projects: 'projects',
  pages: 'pages',
  events: 'events',
  ideas: 'ideas',
  attachments: 'attachments',
  /** Signed statements of where a user's log stood. */
  checkpoints: 'checkpoints',
  /** Old parts of a user's log. */
  archive: 'archive',
} as const;
export type FileFolder = (typeof FileFolder)[keyof typeof FileFolder];

/** Content to be stored. */
export interface FileToStore extends FileAddress {
  /** Parts may still be written when the next one is asked for: each is a buffer of its own. */
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
  /** The put fails with `TooLarge` as soon as the content is longer. */
  readonly maxBytes?: number;
  /** What the content is known to be: content that is anything else is refused. Large content is stored faster so. */
  readonly expected?: { readonly checksum: string; readonly sizeBytes: number };
}

/** An object that is stored whole. */
export interface StoredFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 in lower-case hexadecimal. */
  readonly checksum: string;
}

/** Which bytes to read: `start` inclusive, `end` exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface ReadOptions {
  /** All of it if left out. */
  readonly range?: ByteRange;
  readonly signal?: AbortSignal;
}

/** An object that is there. */
export interface FoundFile {
  readonly sizeBytes: number;
  /** When it was put. Putting the same content again makes it young again, at the latest after half a day. */
  readonly modifiedAt: Date;
}

/** An entry of a listing. */
export interface ListedFile extends FoundFile {
  readonly path: string;
}

/**
 * Where content is kept. An object's path carries the hash of its content, so an object never changes: it is written
 * once, can be cached for ever, and two writers of the same content write the same object.
 *
 * Every method throws `Unavailable` when the store itself fails (a full disk, no permission, no connection).
 */
export interface FileStore {
  /**
   * Stores content under a path made from its hash. It is durable when this returns. Whatever breaks it off (an error
   * of the content, which is thrown as it is, an abort, the limit, the disk) leaves nothing to be seen.
   * @throws {TooLarge} as soon as the content is longer than `maxBytes`.
   * @throws {ValidationFailed} if the content is not what was `expected`; the field is `checksum` or `sizeBytes`.
   */
  put(file: FileToStore, options?: { signal?: AbortSignal }): Promise<StoredFile>;
  /**
   * The content in parts, as they come. Nothing is held open before the first part is asked for, nor after the last
   * one or after the reader has turned away.
   * @throws {NotFound} if there is no such object, or the path is none of an object.
   * @throws {Unavailable} if the object is shorter than the range asks for: it has been cut off.
   * @throws {RangeError} if the range is none: negative, reversed or of fractions of bytes.
   */
  read(path: string, options?: ReadOptions): Promise<AsyncIterable<Uint8Array>>;
  /**
   * The object's size and age, or `null` where there is none.
   * @throws {NotFound} if the path is none of an object.
   */
  stat(path: string): Promise<FoundFile | null>;
  /**
   * Removes an object; one that is not there is removed already.
   * @throws {NotFound} if the path is none of an object.
   */
  remove(path: string): Promise<void>;
  /**
   * Every object whose path begins with the prefix, in ascending order of their paths; all of them for `''`. One that
   * comes or goes meanwhile may be in it or not.
   */
  list(prefix: string): AsyncIterable<ListedFile>;
}
