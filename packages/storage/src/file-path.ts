import { EntityId, NotFound, UserId } from '@synap/domain';
import { FileFolder } from './file-store.ts';

/**
 * Paths of stored objects: `users/{userId}/{folder}/{entityId}/{checksum}.{extension}`. The checksum's first half is
 * 128 bits: no two contents of one entity will ever share it by accident.
 */
const CHECKSUM_PREFIX_LENGTH = 32;

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const PATH = new RegExp(
  `^users/(?<userId>${UUID})/(?<folder>${Object.values(FileFolder).join('|')})/(?<entityId>${UUID})/(?<checksum>[0-9a-f]{${CHECKSUM_PREFIX_LENGTH}})\\.(?<extension>[a-z0-9]{1,10})$`,
);
const EXTENSION = /^[a-z0-9]{1,10}$/;

/** Whose content it is and of what: all of a path but the hash of the content. */
export interface FileAddress {
  readonly userId: UserId;
  readonly folder: FileFolder;
  readonly entityId: EntityId;
  /** Up to ten lower-case letters and digits, without the dot. */
  readonly extension: string;
}

/**
 * The path of content with this checksum.
 * @param file.checksum SHA-256 in lower-case hexadecimal.
 * @throws {TypeError} if any part is not what it should be: a path never leads out of its user's folder.
 */
export function filePath(file: FileAddress & { readonly checksum: string }): string {
  const { userId, folder, entityId, checksum, extension } = file;
  if (!EXTENSION.test(extension)) throw new TypeError(`'${extension}' is no file extension.`);
  const path = `users/${userId}/${folder}/${entityId}/${checksum.slice(0, CHECKSUM_PREFIX_LENGTH)}.${extension}`;
  if (!isFilePath(path)) throw new TypeError(`'${path}' is no path of a stored file.`);
  return path;
}

/** Whether it is exactly the path of a stored object: no `..`, no NUL, nothing absolute, no other name. */
export function isFilePath(path: string): boolean {
  return PATH.test(path);
}

/**
 * The part of the checksum that a path carries.
 * @throws {NotFound} if it is no path of a stored object: nothing else is ever read, written or removed.
 */
export function checksumPrefixOf(path: string): string {
  const prefix = PATH.exec(path)?.groups?.checksum;
  if (prefix === undefined) throw new NotFound('file', path);
  return prefix;
}

/**
 * Whose content a path is of and of what.
 * @throws {NotFound} if it is no path of a stored object.
 */
export function addressOf(path: string): FileAddress {
  const groups = PATH.exec(path)?.groups;
  const folder = Object.values(FileFolder).find((known) => known === groups?.folder);
  if (groups === undefined || folder === undefined) throw new NotFound('file', path);
  return {
    userId: UserId.parse(groups.userId),
    folder,
    entityId: EntityId.parse(groups.entityId),
    extension: String(groups.extension),
  };
}
