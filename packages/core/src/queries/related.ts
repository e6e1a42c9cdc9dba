import { loadEntities, loadEntity } from '@synap/database';
import type { EntityId, RelationType, UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';
import { type EntityView, viewEntity } from '../views.ts';
import { readRelations } from './read-relations.ts';

/** Why two things belong together: they mean something alike, or somebody linked them. */
export type RelatedWhy =
  /** Cosine similarity of the nearest chunk of the other to what this one means as a whole. */
  | { kind: 'meaning'; similarity: number }
  /** `outgoing` if the link starts at the thing that was asked about. */
  | { kind: 'link'; type: RelationType; direction: 'outgoing' | 'incoming' };

export interface RelatedEntity {
  entity: EntityView;
  /** 0..1; comparable within one answer only. */
  score: number;
  why: RelatedWhy[];
}

/** Less similarity than this have any two notes of one person. */
const SIMILARITY_MIN = 0.35;
/** Somebody who linked two things knew why. */
const LINK_SCORE = 1;
/** More chunks than entities are asked for, as several of one thing may be near. */
const CHUNKS_PER_ENTITY = 4;

/**
 * What belongs to one of the user's things, by links and by meaning, the closest first; never what is in the trash.
 * @throws {NotFound} if the user has no such entity.
 */
export async function listRelated(
  parts: Parts,
  userId: UserId,
  { id, limit }: { id: EntityId; limit: number },
): Promise<{ items: RelatedEntity[] }> {
  const { queries } = parts.database;
  await loadEntity(queries, userId, id);
  const reasons = new Map<EntityId, RelatedWhy[]>();
  const { relations } = await readRelations(parts, userId, { ids: [id] });
  for (const { type, sourceId, targetId } of relations) {
    const isOutgoing = sourceId === id;
    const other = isOutgoing ? targetId : sourceId;
    add(reasons, other, { kind: 'link', type, direction: isOutgoing ? 'outgoing' : 'incoming' });
  }
  for (const { entityId, similarity } of await nearestTo(parts, userId, { id, limit })) {
    if (similarity >= SIMILARITY_MIN) add(reasons, entityId, { kind: 'meaning', similarity });
  }
  const states = await loadEntities(queries, userId, [...reasons.keys()]);
  const items = [...reasons].flatMap(([entityId, why]): RelatedEntity[] => {
    const state = states.get(entityId);
    return state === undefined || state.deletedAt !== null
      ? []
      : [{ entity: viewEntity(state), score: scoreOf(why), why }];
  });
  return { items: items.sort((left, right) => right.score - left.score).slice(0, limit) };
}

function add(reasons: Map<EntityId, RelatedWhy[]>, id: EntityId, why: RelatedWhy): void {
  reasons.set(id, [...(reasons.get(id) ?? []), why]);
}

/** A link counts as much as being the same; what is linked and alike comes before what is only linked. */
function scoreOf(why: readonly RelatedWhy[]): number {
  const isLinked = why.some(({ kind }) => kind === 'link');
  const similarity = Math.max(0, ...why.map((one) => (one.kind === 'meaning' ? one.similarity : 0)));
  return ((isLinked ? LINK_SCORE : 0) + Math.min(1, similarity)) / (LINK_SCORE + 1);
}

/** The things of the user whose best chunk is nearest to the mean of this one's chunks. */
export async function nearestTo(
  { index, embedder }: Parts,
  userId: UserId,
  { id, limit }: { id: EntityId; limit: number },
): Promise<{ entityId: EntityId; similarity: number }[]> {
  // Of the vectors that answer: while everything is embedded anew, those of the present model are not all there yet.
  const model = (await index.liveModel()) ?? embedder.model;
  const embedding = meanOf(await index.embeddingsOf({ userId, entityId: id, model }));
  if (embedding === null) return [];
  const { chunks } = await index.candidates({
    userId,
    model,
    text: '',
    embedding,
    useWords: false,
    filter: {},
    limit: (limit + 1) * CHUNKS_PER_ENTITY,
  });
  const nearest = new Map<EntityId, number>();
  for (const { entityId, similarity } of chunks) {
    if (entityId === id || similarity === null) continue;
    nearest.set(entityId, Math.max(similarity, nearest.get(entityId) ?? 0));
  }
  return [...nearest]
    .map(([entityId, similarity]) => ({ entityId, similarity }))
    .sort((left, right) => right.similarity - left.similarity)
    .slice(0, limit);
}

function meanOf(vectors: readonly Float32Array[]): Float32Array | null {
  const [first] = vectors;
  if (first === undefined) return null;
  const sum = new Float32Array(first.length);
  for (const vector of vectors) for (const [axis, value] of vector.entries()) sum[axis] = (sum[axis] ?? 0) + value;
  const length = Math.hypot(...sum);
  return length === 0 ? null : sum.map((value) => value / length);
}
