import { type EntityDelta, type FileReference, FileType, SynapError } from '@synap/domain';
import { readContentNames } from '@synap/search';
import { decodeText } from '../content/text-content.ts';
import type { Parts } from '../parts.ts';
import { readReferencedFile } from '../queries/read-content.ts';
import type { Change, DecidedDelta } from './commit.ts';

/**
 * Changes that say of all Markdown what it names. What a revert or an undo brings back may have been stored before that
 * was read from content; a file that cannot be read names nothing that is known.
 */
export async function withNames(parts: Parts, changes: readonly Change[]): Promise<readonly Change[]> {
  if (!changes.some((change) => change.aggregate === 'entity' && change.decided.some(lacksNames))) return changes;
  return Promise.all(
    changes.map(async (change) =>
      change.aggregate === 'entity'
        ? { ...change, decided: await Promise.all(change.decided.map((each) => named(parts, each))) }
        : change,
    ),
  );
}

function lacksNames({ delta }: DecidedDelta<EntityDelta>): boolean {
  return delta.type === 'entity.file_uploaded' && isUnread(delta.data);
}

/** Whether nobody has read yet what this content names. */
export function isUnread({ fileType, names }: FileReference): boolean {
  return fileType === FileType.markdown && names === undefined;
}

async function named(parts: Parts, decided: DecidedDelta<EntityDelta>): Promise<DecidedDelta<EntityDelta>> {
  const { delta } = decided;
  if (delta.type !== 'entity.file_uploaded' || !isUnread(delta.data)) return decided;
  const names = await readNames(parts, delta.data);
  return names === null ? decided : { ...decided, delta: { ...delta, data: { ...delta.data, names } } };
}

/** What stored Markdown names; `null` if it cannot be read. */
export async function readNames({ files }: Parts, { filePath }: FileReference) {
  try {
    return readContentNames(decodeText(await readReferencedFile(files, filePath)));
  } catch (error) {
    if (error instanceof SynapError) return null;
    throw error;
  }
}
