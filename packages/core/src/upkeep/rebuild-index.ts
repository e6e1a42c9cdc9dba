import {
  type EntityId,
  type EntityState,
  evolveEntity,
  isEntityEvent,
  type StoredEvent,
  Unavailable,
  type UserId,
} from '@synap/domain';
import { embedRevision, indexContent } from '../enrichment/index-content.ts';
import type { Parts } from '../parts.ts';
import { withProgress } from './with-progress.ts';

/** How far the making of a new index has come; what was there when it was begun again counts as done. */
export interface IndexProgress {
  readonly things: number;
  readonly totalThings: number;
  /** Of these so many could not be indexed; `search.status` says why. */
  readonly failed: number;
}

const THINGS_PER_PAGE = 50;
/** So many in a row are not the fault of one file or another. */
const FAILURES_IN_A_ROW_MAX = 25;

/**
 * Makes the search index anew from the files, with the present model, beside the one that answers, and puts it in its
 * place: present content and the earlier revisions that `asOf` searches. One that was ended goes on where it was. What
 * is written meanwhile goes into both.
 */
export function rebuildIndex(parts: Parts, { signal }: { signal?: AbortSignal } = {}): AsyncGenerator<IndexProgress> {
  return withProgress((onProgress) => rebuild(parts, { signal: signal ?? new AbortController().signal, onProgress }));
}

/**
 * Makes the index anew if what answers is of another model than the present one or was made by an older version of
 * Synap, and goes on with what was begun; otherwise removes what a crash may have left of an older one.
 */
export async function renewOutdatedIndex(parts: Parts, { signal }: { signal: AbortSignal }): Promise<void> {
  const { index, embedder } = parts;
  if (!(await index.isOutdated(embedder.model))) return index.finishRebuild();
  await rebuild(parts, { signal, onProgress: () => undefined });
}

async function rebuild(
  parts: Parts,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: IndexProgress) => void },
): Promise<IndexProgress> {
  const { index, embedder } = parts;
  await index.beginRebuild(embedder.model);
  const totalThings = await index.countUnindexed();
  let [things, failed, inARow] = [0, 0, 0];
  let after: string | null = null;
  for (;;) {
    const page = await index.unindexed({ after, limit: THINGS_PER_PAGE });
    for (const { userId, entityId } of page) {
      signal.throwIfAborted();
      try {
        await indexPast(parts, userId, entityId, { signal });
        await indexContent(parts, { userId, entityId }, { signal });
        inARow = 0;
      } catch (error) {
        signal.throwIfAborted();
        failed += 1;
        inARow += 1;
        if (inARow >= FAILURES_IN_A_ROW_MAX) throw error;
      }
      things += 1;
      onProgress({ things, totalThings: Math.max(things, totalThings), failed });
    }
    if (page.length < THINGS_PER_PAGE) break;
    after = page.at(-1)?.entityId ?? null;
  }
  await index.finishRebuild();
  return { things, totalThings: things, failed };
}

/** The revisions before the present one, as far as their files are still there. */
async function indexPast(
  parts: Parts,
  userId: UserId,
  entityId: EntityId,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  const events = await parts.log.readAggregate({ userId, aggregateId: entityId });
  for (const revision of pastRevisions(events)) {
    try {
      await parts.index.keepPast(await embedRevision(parts, parts.embedder, revision, { signal }));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }
}

/** A thing as it was under each title and content that it has no more. */
function pastRevisions(events: readonly StoredEvent[]): EntityState[] {
  const revisions = new Map<string, EntityState>();
  let state: EntityState | null = null;
  for (const event of events) {
    if (!isEntityEvent(event) || event.type === 'entity.purged') return [];
    state = evolveEntity(state, event);
    if (state !== null) revisions.set(keyOf(state), state);
  }
  if (state !== null) revisions.delete(keyOf(state));
  return [...revisions.values()];
}

function keyOf({ title, file }: EntityState): string {
  return JSON.stringify([title, file?.checksum ?? null]);
}
