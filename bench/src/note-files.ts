import { randomBytes } from 'node:crypto';
import { EntityId, UserId } from '@synap/domain';
import type { FileToStore } from '@synap/storage';
import { v7 } from 'uuid';

const USER = UserId.parse(v7());

/** A file of a new note with content that no other has. */
export function aNoteFile({ sizeBytes }: { sizeBytes: number }): FileToStore {
  return {
    userId: USER,
    folder: 'notes',
    entityId: EntityId.parse(v7()),
    extension: 'md',
    content: randomBytes(sizeBytes),
  };
}

/** Content of so many bytes, a part at a time, that no compression makes smaller. */
export async function* largeContent(sizeBytes: number): AsyncGenerator<Uint8Array> {
  const part = randomBytes(PART_BYTES);
  for (let sent = 0; sent < sizeBytes; sent += PART_BYTES)
    yield part.subarray(0, Math.min(PART_BYTES, sizeBytes - sent));
}

const PART_BYTES = 1024 * 1024;
