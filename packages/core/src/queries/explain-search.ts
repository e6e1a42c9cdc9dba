import { loadEntity } from '@synap/database';
import type { EntityId, EntityState, UserId } from '@synap/domain';
import { answerThreshold, type FusedHit, fuse, type QueryWord } from '@synap/search';
import type { Parts } from '../parts.ts';
import { findCandidates, type SearchQuery } from './search.ts';

/** How a search came to its answer. */
export interface SearchExplanation {
  /** The query's words as the index knows them, the rarest first. */
  words: { word: string; rarity: number; isKnown: boolean }[];
  /** From how many chunks, of how many things, the ranking was made. */
  candidates: { chunks: number; entities: number };
  /** Less than this is no answer: similarity and what the words add to it, together. */
  answerThreshold: number;
  /** The thing that was asked for, and why it is not in the answer. */
  whyNot: WhyNot | null;
}

/** Why a thing is not in an answer. */
export const WhyNotReason = {
  found: 'found',
  inTrash: 'in_trash',
  filteredOut: 'filtered_out',
  notIndexed: 'not_indexed',
  nothingInCommon: 'nothing_in_common',
  belowOthers: 'below_others',
  belowThreshold: 'below_threshold',
} as const;
export type WhyNotReason = (typeof WhyNotReason)[keyof typeof WhyNotReason];

export interface WhyNot {
  entityId: EntityId;
  reason: WhyNotReason;
  /** The same for a person. */
  message: string;
  /** Where it stands among all that was weighed, from 1; `null` if it was not. */
  rank: number | null;
  /** Its best chunk with what it scores, if it could be weighed. */
  best: {
    chunk: { index: number; start: number; end: number };
    score: number;
    similarity: number | null;
    wordBonus: number;
    coverage: number;
    words: string[];
  } | null;
}

/**
 * Explains the answer to a search, and for one thing why it is not in it.
 * @throws {NotFound} if the thing is not the user's.
 * @throws {Unavailable} if the query cannot be embedded.
 */
export async function explainSearch(
  parts: Parts,
  userId: UserId,
  { whyNot: id, ...query }: SearchQuery & { whyNot?: EntityId | undefined },
  options: { signal?: AbortSignal } = {},
): Promise<SearchExplanation> {
  const { words, chunks } = await findCandidates(parts, userId, query, options);
  const hits = fuse(chunks, words, query);
  const whyNot = id === undefined ? null : await explainAbsence(parts, userId, { ...query, id, hits, words }, options);
  return {
    words: words.map(({ word, rarity, isKnown }) => ({ word, rarity, isKnown })),
    candidates: { chunks: chunks.length, entities: hits.length },
    answerThreshold: answerThreshold(chunks, words),
    whyNot,
  };
}

interface Absence extends SearchQuery {
  readonly id: EntityId;
  readonly hits: readonly FusedHit[];
  readonly words: readonly QueryWord[];
}

async function explainAbsence(
  parts: Parts,
  userId: UserId,
  { id, hits, words, ...query }: Absence,
  options: { signal?: AbortSignal },
): Promise<WhyNot> {
  const state = await loadEntity(parts.database.queries, userId, id);
  const index = hits.findIndex(({ chunk }) => chunk.entityId === id);
  const rank = index === -1 ? null : index + 1;
  const weighed = hits[index] ?? (await weighAlone(parts, userId, { id, words, ...query }, options));
  const isIndexed = (await parts.index.indexedVersion({ userId, entityId: id, model: parts.embedder.model })) !== null;
  const isAnswered = hits.some(({ isAnswer }) => isAnswer);
  const reason = reasonOf({ state, query, rank, weighed, isIndexed, isAnswered });
  return { entityId: id, reason, message: messageOf(reason, { rank, state }), rank, best: viewBest(weighed) };
}

/** The thing without any filter and without the others, so that it is seen how it scores. */
async function weighAlone(
  parts: Parts,
  userId: UserId,
  { id, words, ...query }: SearchQuery & { id: EntityId; words: readonly QueryWord[] },
  options: { signal?: AbortSignal },
): Promise<FusedHit | undefined> {
  const { chunks } = await findCandidates(parts, userId, { ...query, filter: { entityId: id } }, options);
  return fuse(chunks, words, query)[0];
}

interface Evidence {
  readonly state: EntityState;
  readonly query: SearchQuery;
  readonly rank: number | null;
  readonly weighed: FusedHit | undefined;
  readonly isIndexed: boolean;
  readonly isAnswered: boolean;
}

function reasonOf({ state, query, rank, weighed, isIndexed, isAnswered }: Evidence): WhyNotReason {
  if (state.deletedAt !== null) return WhyNotReason.inTrash;
  if (!isIndexed) return WhyNotReason.notIndexed;
  if (rank !== null && rank <= query.limit) return isAnswered ? WhyNotReason.found : WhyNotReason.belowThreshold;
  if (rank !== null) return WhyNotReason.belowOthers;
  if (!passes(state, query)) return WhyNotReason.filteredOut;
  return weighed === undefined ? WhyNotReason.nothingInCommon : WhyNotReason.belowOthers;
}

function passes({ type, tags, createdAt }: EntityState, { filter }: SearchQuery): boolean {
  if (filter.type !== undefined && filter.type !== type) return false;
  if (filter.tag !== undefined && !tags.includes(filter.tag)) return false;
  if (filter.from !== undefined && createdAt < filter.from) return false;
  return filter.to === undefined || createdAt < filter.to;
}

function messageOf(reason: WhyNotReason, { rank, state }: { rank: number | null; state: EntityState }): string {
  switch (reason) {
    case WhyNotReason.found:
      return `It was found, at rank ${rank}.`;
    case WhyNotReason.inTrash:
      return `This ${state.type} is in the trash. Restore it to find it.`;
    case WhyNotReason.filteredOut:
      return 'It is not as the filter wants it: another type, tag or time.';
    case WhyNotReason.notIndexed:
      return 'It is not indexed yet. That takes some seconds after a change; if it lasts, look at the log of the server.';
    case WhyNotReason.nothingInCommon:
      return 'It has none of the words that were asked for.';
    case WhyNotReason.belowOthers:
      return rank === null
        ? 'So many others fit better that it was not even weighed.'
        : `It stands at rank ${rank}; ask for more with a higher limit.`;
    case WhyNotReason.belowThreshold:
      return 'Neither it nor anything else is close enough to be called an answer.';
  }
}

function viewBest(hit: FusedHit | undefined): WhyNot['best'] {
  if (hit === undefined) return null;
  const { chunk, score, wordBonus, coverage, words } = hit;
  const { chunkIndex: index, start, end, similarity } = chunk;
  return { chunk: { index, start, end }, score, similarity, wordBonus, coverage, words: [...words] };
}
