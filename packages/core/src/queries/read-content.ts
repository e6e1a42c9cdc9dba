import { loadEntity } from '@synap/database';
import { type EntityId, type FileReference, NotFound, Unavailable, type UserId } from '@synap/domain';
import { type FileStore, readVerified } from '@synap/storage';
import type { Parts } from '../parts.ts';

/**
 * The present content of an entity, whole.
 *
 * @throws {NotFound} if the user has no such entity, or it has no content.
 * @throws {Unavailable} if the entity is there but its file is gone or damaged.
 */
export async function readContent(
  { database, files }: Parts,
  userId: UserId,
  id: EntityId,
): Promise<{ file: FileReference; bytes: Uint8Array }> {
  const { file } = await loadEntity(database.queries, userId, id);
  if (file === null) throw new NotFound('content of entity', id);
  return { file, bytes: await readReferencedFile(files, file.filePath) };
}

/**
 * A file that a row names. That it is not there is no caller's mistake but a loss, and is called one.
 * @throws {Unavailable} if the file is gone or damaged.
 */
export async function readReferencedFile(files: FileStore, path: string): Promise<Uint8Array> {
  try {
    return await readVerified(files, path);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    throw new Unavailable(
      'storage',
      `The file ${path} is missing from the file store. Nothing else is affected; put it back from a backup.`,
      { cause: error },
    );
  }
}
