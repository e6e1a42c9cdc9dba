import { type ArchivedPart, archiveLog, type SegmentStore } from '@synap/database';
import { EntityId, type IdSource } from '@synap/domain';
import { type FileStore, readBytes } from '@synap/storage';
import type { Parts } from '../parts.ts';

/** Archive segments as files of the file store, in their user's folder. */
export function createSegmentStore({ files, ids }: { files: FileStore; ids: IdSource }): SegmentStore {
  return {
    open: async (path) => {
      const { sizeBytes = 0 } = (await files.stat(path)) ?? {};
      return { sizeBytes, read: (range) => readBytes(files, path, { range }) };
    },
    put: async (userId, content) => {
      const entityId = EntityId.parse(ids.next());
      const { path, sizeBytes, checksum } = await files.put({
        userId,
        folder: 'archive',
        entityId,
        extension: 'parquet',
        content,
      });
      return { path, sizeBytes, checksum };
    },
    remove: (path) => files.remove(path),
  };
}

/** Moves the parts of the log that are older than `olderThanMs` into the file store; gives what was moved. */
export async function archiveOldEvents(
  { log, clock }: Parts,
  { olderThanMs, signal }: { olderThanMs: number; signal: AbortSignal },
): Promise<ArchivedPart[]> {
  const before = new Date(clock.now().getTime() - olderThanMs);
  const archived: ArchivedPart[] = [];
  for await (const part of archiveLog(log, { before })) {
    archived.push(part);
    signal.throwIfAborted();
  }
  return archived;
}
