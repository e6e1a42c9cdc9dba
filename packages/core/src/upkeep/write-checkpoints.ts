import { checkpointHash, encodeCheckpoint, listUserIds, parseCheckpoint, readAllHeads } from '@synap/database';
import { EntityId, type UserId } from '@synap/domain';
import { readBytes } from '@synap/storage';
import type { Parts } from '../parts.ts';

/** A checkpoint that was written. */
export interface WrittenCheckpoint {
  userId: UserId;
  path: string;
  streams: number;
  position: string;
}

/**
 * Writes a signed checkpoint for every user whose log has grown since the last one: where each of their streams stands,
 * into the file store, beside what it vouches for. Keep copies elsewhere: they prove that nothing was rewritten even to
 * those who do not trust this machine.
 *
 * @returns what was written; nothing where there is no key to sign with.
 */
export async function writeCheckpoints(
  parts: Parts,
  { signal }: { signal?: AbortSignal } = {},
): Promise<WrittenCheckpoint[]> {
  const { database, signer } = parts;
  if (signer === null) return [];
  const written: WrittenCheckpoint[] = [];
  for (const userId of await listUserIds(database.queries)) {
    signal?.throwIfAborted();
    const checkpoint = await writeCheckpoint(parts, userId);
    if (checkpoint !== null) written.push(checkpoint);
  }
  return written;
}

async function writeCheckpoint(parts: Parts, userId: UserId): Promise<WrittenCheckpoint | null> {
  const { log, files, signer, clock, ids } = parts;
  if (signer === null) return null;
  const last = await readLast(parts, userId);
  // The position first: every event up to it is then in the heads.
  const position = await log.readWatermark();
  const heads = await readAllHeads(log, userId);
  if (heads.length === 0 || JSON.stringify(last?.heads) === JSON.stringify(heads)) return null;
  const checkpoint = signer.sign({
    format: 'synap-checkpoint',
    formatVersion: 1,
    userId,
    createdAt: clock.now().toISOString(),
    position: String(position),
    previous: last?.hash ?? null,
    heads,
  });
  const { path } = await files.put({
    userId,
    folder: 'checkpoints',
    entityId: EntityId.parse(ids.next()),
    extension: 'json',
    content: encodeCheckpoint(checkpoint),
  });
  return { userId, path, streams: heads.length, position: checkpoint.position };
}

async function readLast({ files }: Parts, userId: UserId) {
  let newest: { hash: string; createdAt: string; heads: [string, number, string][] } | null = null;
  for await (const { path } of files.list(`users/${userId}/checkpoints/`)) {
    const bytes = await readBytes(files, path);
    const { createdAt, heads } = parseCheckpoint(bytes);
    if (newest === null || createdAt > newest.createdAt) newest = { hash: checkpointHash(bytes), createdAt, heads };
  }
  return newest;
}
