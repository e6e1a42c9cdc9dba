import { type RebuildProgress, rebuildProjections } from '@synap/database';
import type { Parts } from '../parts.ts';

/**
 * Folds every projection anew from the log, beside the real ones, and puts the new ones in their place; see
 * `rebuildProjections`. Gives how far it has come, the last time when it is done.
 */
export async function* rebuildStore(
  parts: Parts,
  { signal }: { signal?: AbortSignal } = {},
): AsyncGenerator<RebuildProgress> {
  let latest: RebuildProgress | null = null;
  let wakeUp: () => void = () => undefined;
  let isDone = false;
  const rebuilt = rebuildProjections(parts, {
    ...(signal === undefined ? {} : { signal }),
    onProgress: (progress) => {
      latest = progress;
      wakeUp();
    },
  }).finally(() => {
    isDone = true;
    wakeUp();
  });
  // Awaited below; until then a failure must not count as unhandled.
  rebuilt.catch(() => undefined);
  while (!isDone) {
    await new Promise<void>((resolve) => {
      wakeUp = resolve;
      if (isDone || latest !== null) resolve();
    });
    const progress: RebuildProgress | null = latest;
    latest = null;
    if (progress !== null && !isDone) yield progress;
  }
  yield await rebuilt;
}
