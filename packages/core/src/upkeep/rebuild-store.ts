import { type RebuildProgress, rebuildProjections } from '@synap/database';
import type { Parts } from '../parts.ts';
import { withProgress } from './with-progress.ts';

/**
 * Folds every projection anew from the log, beside the real ones, and puts the new ones in their place; see
 * `rebuildProjections`. Gives how far it has come, the last time when it is done.
 */
export function rebuildStore(parts: Parts, { signal }: { signal?: AbortSignal } = {}): AsyncGenerator<RebuildProgress> {
  return withProgress(async (onProgress) => {
    const rebuilt = await rebuildProjections(parts, { ...(signal === undefined ? {} : { signal }), onProgress });
    await parts.cache.clear();
    return rebuilt;
  });
}
