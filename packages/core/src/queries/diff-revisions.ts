import type { EntityId, UserId } from '@synap/domain';
import { createTwoFilesPatch } from 'diff';
import type { Parts } from '../parts.ts';
import { readText } from './read-content.ts';

/** What changed in the text between two revisions. */
export interface RevisionDiff {
  id: EntityId;
  fromVersion: number;
  toVersion: number;
  /** In the unified format; no hunks where nothing changed. */
  diff: string;
  addedLines: number;
  removedLines: number;
}

/**
 * Compares the content of two versions of an entity, line by line.
 * @throws as `readText`.
 */
export async function diffRevisions(
  parts: Parts,
  userId: UserId,
  { id, fromVersion, toVersion }: { id: EntityId; fromVersion: number; toVersion: number },
): Promise<RevisionDiff> {
  const [before, after] = await Promise.all(
    [fromVersion, toVersion].map(async (version) => (await readText(parts, userId, { id, version })).text),
  );
  const diff = createTwoFilesPatch(`version ${fromVersion}`, `version ${toVersion}`, before ?? '', after ?? '');
  const lines = diff.split('\n').slice(4);
  return {
    id,
    fromVersion,
    toVersion,
    diff,
    addedLines: lines.filter((line) => line.startsWith('+')).length,
    removedLines: lines.filter((line) => line.startsWith('-')).length,
  };
}
