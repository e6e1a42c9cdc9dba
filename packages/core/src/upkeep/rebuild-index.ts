import { loadEntity } from '@synap/database';
import { type EntityState, evolveEntity, isEntityEvent, type StoredEvent, Unavailable } from '@synap/domain';
import type { IndexedRevision, SearchIndex, UnindexedThing } from '@synap/search';
import { embedRevision } from '../enrichment/index-content.ts';
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
/** So many are written at once: writing one by one costs a server more than its index. */
const CHUNKS_AT_ONCE = 200;
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
  for await (const page of unindexedPages(index)) {
    let ready: IndexedRevision[] = [];
    for (const thing of page) {
      signal.throwIfAborted();
      const revision = await embedThing(parts, thing, { signal });
      inARow = revision instanceof Error ? inARow + 1 : 0;
      if (!(revision instanceof Error)) ready.push(revision);
      else if (inARow >= FAILURES_IN_A_ROW_MAX) throw revision;
      else failed += 1;
      things += 1;
      if (chunksOf(ready) >= CHUNKS_AT_ONCE) {
        await index.replaceAll(ready);
        ready = [];
      }
      onProgress({ things, totalThings: Math.max(things, totalThings), failed });
    }
    await index.replaceAll(ready);
  }
  await index.finishRebuild();
  return { things, totalThings: things, failed };
}

async function* unindexedPages(index: SearchIndex): AsyncGenerator<UnindexedThing[]> {
  let after: string | null = null;
  for (;;) {
    const page = await index.unindexed({ after, limit: THINGS_PER_PAGE });
    yield page;
    if (page.length < THINGS_PER_PAGE) return;
    after = page.at(-1)?.entityId ?? null;
  }
}

/**
 * The present revision of a thing, ready for the index, with its earlier ones indexed; or why it cannot be. That it failed
 * is remembered, for `search.status`.
 */
async function embedThing(
  parts: Parts,
  thing: UnindexedThing,
  { signal }: { signal: AbortSignal },
): Promise<IndexedRevision | Error> {
  const { database, index, embedder } = parts;
  const { userId, entityId } = thing;
  try {
    await indexPast(parts, thing, { signal });
    return await embedRevision(parts, embedder, await loadEntity(database.queries, userId, entityId), { signal });
  } catch (error) {
    signal.throwIfAborted();
    const failure = error instanceof Error ? error : new Error(String(error));
    await index.reportFailure({ userId, entityId, model: embedder.model, reason: failure.message });
    return failure;
  }
}

function chunksOf(revisions: readonly IndexedRevision[]): number {
  return revisions.reduce((sum, { chunks }) => sum + chunks.length, 0);
}

/** The revisions before the present one, as far as their files are still there. */
async function indexPast(
  parts: Parts,
  { userId, entityId }: UnindexedThing,
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
