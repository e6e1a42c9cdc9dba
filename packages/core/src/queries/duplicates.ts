import { listEntities, loadEntities } from '@synap/database';
import { type EntityId, type EntityState, NotFound, Unavailable, type UserId } from '@synap/domain';
import { readBytes } from '@synap/storage';
import type { Parts } from '../parts.ts';
import { type EntityView, viewEntity } from '../views.ts';
import { nearestTo } from './related.ts';
import { isReadAsItStands } from './search.ts';
import { shingleOverlap } from './shingle-overlap.ts';

/** Two things that are nearly the same. */
export interface DuplicatePair {
  /** The older one: what would be kept. */
  entity: EntityView;
  duplicate: EntityView;
  /** Cosine similarity of what they mean. */
  similarity: number;
  /** The share of their runs of words that both have. */
  overlap: number;
}

/** Two notes about one thing are rarely closer than this; two copies of one note are. */
const SIMILARITY_MIN = 0.85;
/** A copy with a sentence changed keeps more than this of its runs of words. */
const OVERLAP_MIN = 0.5;
const NEIGHBOURS_MAX = 5;
/** Longer texts are compared by their beginnings. */
const COMPARED_MAX_BYTES = 200_000;

/**
 * Pairs of the user's things that are nearly the same in meaning and in words. Each page looks at `limit` things, the
 * last changed first, and may find none: the list is at its end only when `nextCursor` is `null`.
 */
export async function listDuplicates(
  parts: Parts,
  userId: UserId,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: DuplicatePair[]; nextCursor: string | null }> {
  const { queries } = parts.database;
  const page = await listEntities(queries, userId, { filter: {}, order: 'updated', limit, cursor });
  const pairs = new Map<string, DuplicatePair>();
  for (const state of page.items) {
    const near = (await nearestTo(parts, userId, { id: state.id, limit: NEIGHBOURS_MAX })).filter(
      ({ similarity }) => similarity >= SIMILARITY_MIN,
    );
    const others = await loadEntities(
      queries,
      userId,
      near.map(({ entityId }) => entityId),
    );
    for (const { entityId, similarity } of near) {
      const other = others.get(entityId);
      if (other === undefined || other.deletedAt !== null || pairs.has(keyOf(state.id, entityId))) continue;
      const pair = await compare(parts, { left: state, right: other, similarity });
      if (pair !== null) pairs.set(keyOf(state.id, entityId), pair);
    }
  }
  const items = [...pairs.values()].sort((left, right) => right.overlap - left.overlap);
  return { items, nextCursor: page.nextCursor };
}

function keyOf(left: EntityId, right: EntityId): string {
  return left < right ? `${left} ${right}` : `${right} ${left}`;
}

async function compare(
  { files }: Parts,
  { left, right, similarity }: { left: EntityState; right: EntityState; similarity: number },
): Promise<DuplicatePair | null> {
  const overlap = await overlapOf(files, left, right);
  if (overlap < OVERLAP_MIN) return null;
  const [older, newer] = left.createdAt <= right.createdAt ? [left, right] : [right, left];
  return { entity: viewEntity(older), duplicate: viewEntity(newer), similarity, overlap };
}

/** Files that are no text are the same or not. */
async function overlapOf(files: Parts['files'], left: EntityState, right: EntityState): Promise<number> {
  if (left.file !== null && left.file.checksum === right.file?.checksum) return 1;
  const [ofLeft, ofRight] = await Promise.all([readStart(files, left), readStart(files, right)]);
  return ofLeft === null || ofRight === null ? 0 : shingleOverlap(ofLeft, ofRight);
}

/** The beginning of the text; `null` where there is none, or it is gone. */
export async function readStart(files: Parts['files'], { file }: EntityState): Promise<string | null> {
  if (file === null || !isReadAsItStands(file)) return null;
  try {
    const range = { start: 0, end: Math.min(file.fileSize, COMPARED_MAX_BYTES) };
    return new TextDecoder().decode(await readBytes(files, file.filePath, { range }));
  } catch (error) {
    if (error instanceof NotFound || error instanceof Unavailable) return null;
    throw error;
  }
}
