import type { Guess } from '@synap/ai';
import { loadEntities } from '@synap/database';
import { allTags, type EntityId, type EntityState, type UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';

/** So many of the nearest things say which tags belong here. */
const NEIGHBOURS_MAX = 8;
/** Less alike than this, two things need not have anything in common. */
const SIMILARITY_MIN = 0.45;
/** More chunks than things are asked for, as several of one thing may be near. */
const CHUNKS_PER_THING = 4;
/** One neighbour with a tag is a hint, two are worth applying; nothing that is only near is ever certain. */
const BASE_CONFIDENCE = 0.25;
const CONFIDENCE_PER_NEIGHBOUR = 0.3;
const CONFIDENCE_MAX = 0.8;

/** The tags on the user's things that are most like a text, the likeliest first. */
export async function findNearbyTags(
  { index, embedder, earlierEmbedders = [], database }: Parts,
  userId: UserId,
  { text, except }: { text: string; except: EntityId },
  { signal }: { signal: AbortSignal },
): Promise<Guess<string>[]> {
  // Of the vectors that answer: while everything is embedded anew, those of the present model are not all there yet.
  const model = (await index.liveModel()) ?? embedder.model;
  const answering = [embedder, ...earlierEmbedders].find((each) => each.model === model);
  if (answering === undefined || text.trim() === '') return [];
  const [embedding] = await answering.embed([text], { priority: 'background', signal, userId });
  if (embedding === undefined) return [];
  const limit = NEIGHBOURS_MAX * CHUNKS_PER_THING;
  const query = { userId, model, text: '', embedding, useWords: false, filter: {}, limit };
  const nearest = new Map<EntityId, number>();
  for (const { entityId, similarity } of (await index.candidates(query)).chunks) {
    if (entityId === except || similarity === null || similarity < SIMILARITY_MIN) continue;
    nearest.set(entityId, Math.max(similarity, nearest.get(entityId) ?? 0));
  }
  const ids = [...nearest].sort(([, left], [, right]) => right - left).slice(0, NEIGHBOURS_MAX);
  return weigh(
    await loadEntities(
      database.queries,
      userId,
      ids.map(([id]) => id),
    ),
    nearest,
  );
}

/** Each neighbour speaks for its tags by how much it is alike. */
function weigh(
  neighbours: ReadonlyMap<EntityId, EntityState>,
  similarities: ReadonlyMap<EntityId, number>,
): Guess<string>[] {
  const weights = new Map<string, number>();
  for (const [id, state] of neighbours) {
    for (const tag of allTags(state)) weights.set(tag, (weights.get(tag) ?? 0) + (similarities.get(id) ?? 0));
  }
  return [...weights]
    .map(([value, weight]) => ({
      value,
      confidence: Math.min(CONFIDENCE_MAX, BASE_CONFIDENCE + CONFIDENCE_PER_NEIGHBOUR * weight),
    }))
    .sort((left, right) => right.confidence - left.confidence);
}
