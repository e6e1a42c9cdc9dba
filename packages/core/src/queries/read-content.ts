import {
  type EntityId,
  type EntityState,
  type FileReference,
  FileType,
  foldEntity,
  NotFound,
  Unavailable,
  UnsupportedType,
  type UserId,
  ValidationFailed,
} from '@synap/domain';
import { type FileStore, type ReadOptions, readVerified, streamVerified } from '@synap/storage';
import { decodeText } from '../content/text-content.ts';
import type { Parts } from '../parts.ts';
import { type PointInTime, refuseFuture } from './as-of.ts';
import { readState } from './get-entity.ts';

/** Which revision of the content to read: that of an instant, that of a version, or the present one. */
export interface Revision extends PointInTime {
  readonly version?: number | undefined;
}

/** An entity's content at a revision, before any of it is read. */
export interface OpenedContent {
  readonly file: FileReference;
  /** Of the entity, at that revision. */
  readonly title: string;
  /**
   * All of it, or a range. All of it is proven on the way: a damaged object is not read to its end.
   * @throws {Unavailable} if the file is gone or damaged.
   */
  read(options?: ReadOptions): Promise<AsyncIterable<Uint8Array>>;
}

/**
 * The content of an entity, to be read as it is needed.
 *
 * @throws {NotFound} if the user has or had no such entity, or it has no content.
 * @throws {ValidationFailed} if the instant is still to come, or both an instant and a version are given.
 */
export async function openContent(
  parts: Parts,
  userId: UserId,
  { id, ...revision }: { id: EntityId } & Revision,
): Promise<OpenedContent> {
  const { file, title } = await readRevision(parts, userId, { id, ...revision });
  if (file === null) throw new NotFound('content of entity', id);
  return { file, title, read: (options = {}) => readReferencedParts(parts.files, file, options) };
}

const TEXTS: ReadonlySet<FileType> = new Set([FileType.markdown, FileType.text, FileType.html]);

/**
 * The content of an entity as text.
 *
 * @throws {UnsupportedType} if it is no text: that may be gigabytes, and is read as a file.
 * @throws {Unavailable} if the file is gone or damaged.
 * @throws {NotFound | ValidationFailed} as `openContent`.
 */
export async function readText(
  parts: Parts,
  userId: UserId,
  revision: { id: EntityId } & Revision,
): Promise<{ file: FileReference; text: string }> {
  const { file } = await openContent(parts, userId, revision);
  if (!TEXTS.has(file.fileType)) {
    const url = `/api/v1/entities/${revision.id}/content`;
    throw new UnsupportedType(`This is a file of the kind ${file.fileType}, not text. Read it as a file, at ${url}.`);
  }
  return { file, text: decodeText(await readReferencedFile(parts.files, file.filePath)) };
}

/** What is smaller is proven before any of it is given. */
const PROVEN_FIRST_BYTES = 1024 * 1024;

/**
 * A file that a row names, part by part, proven on the way.
 * @throws {Unavailable} if the file is gone or damaged.
 */
export async function readReferencedParts(
  files: FileStore,
  { filePath, fileSize }: FileReference,
  options: ReadOptions = {},
): Promise<AsyncIterable<Uint8Array>> {
  const { range, ...rest } = options;
  if (range !== undefined) return orLost(filePath, files.read(filePath, options));
  if (fileSize <= PROVEN_FIRST_BYTES) return onePart(await orLost(filePath, readVerified(files, filePath, rest)));
  // The stream asks the store only when it is read; whoever answers must know before whether there is anything.
  await orLost(filePath, files.read(filePath, rest));
  return streamVerified(files, filePath, rest);
}

async function* onePart(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The state of an entity at a revision. @throws as `openContent`. */
async function readRevision(
  parts: Parts,
  userId: UserId,
  { id, asOf, version }: { id: EntityId } & Revision,
): Promise<EntityState> {
  refuseFuture(parts, { asOf });
  if (version === undefined) return readState(parts, userId, { id, asOf });
  if (asOf !== undefined) {
    throw new ValidationFailed([{ field: 'version', message: 'either a version or asOf, not both' }]);
  }
  const events = await parts.log.readAggregate({ userId, aggregateId: id });
  const state = events.length < version || foldEntity(events) === null ? null : foldEntity(events.slice(0, version));
  if (state === null) throw new NotFound(`version ${version} of entity`, id);
  return state;
}

/**
 * A file that a row names, whole.
 * @throws {Unavailable} if the file is gone or damaged.
 */
export async function readReferencedFile(files: FileStore, path: string): Promise<Uint8Array> {
  return orLost(path, readVerified(files, path));
}

/** That a file which a row names is not there is no caller's mistake but a loss, and is called one. */
async function orLost<Result>(path: string, reading: Promise<Result>): Promise<Result> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    throw new Unavailable(
      'storage',
      `The file ${path} is missing from the file store. Nothing else is affected; put it back from a backup.`,
      { cause: error },
    );
  }
}
