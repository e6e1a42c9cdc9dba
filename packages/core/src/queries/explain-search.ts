import { loadEntitiesAsOf, loadEntity } from '@synap/database';
import type { EntityId, EntityState, UserId } from '@synap/domain';
import {
  answerThreshold,
  type FusedHit,
  fuse,
  type ParsedQuery,
  parseQuery,
  type QueryWord,
  type SearchFilter,
} from '@synap/search';
import type { Parts } from '../parts.ts';
import { asPlainText, findCandidates, findParsed, rankCandidates, type SearchQuery } from './search.ts';
import { bothFilters, matchesFilter } from './search-filter.ts';

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
  notThere: 'not_there',
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
 * @throws {ValidationFailed} if a field of the query has a value that it does not take, or the instant is still to come.
 * @throws {Unavailable} if the query cannot be embedded.
 */
export async function explainSearch(
  parts: Parts,
  userId: UserId,
  { whyNot: id, ...query }: SearchQuery & { whyNot?: EntityId | undefined },
  options: { signal?: AbortSignal } = {},
): Promise<SearchExplanation> {
  const candidates = await findCandidates(parts, userId, query, options);
  const { words, chunks } = candidates;
  const hits = await rankCandidates(parts, userId, candidates, query);
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
  const present = await loadEntity(parts.database.queries, userId, id);
  const state =
    query.asOf === undefined
      ? present
      : (await loadEntitiesAsOf(parts, userId, { ids: [id], asOf: query.asOf })).get(id);
  const parsed = parseQuery(query.text, { now: parts.clock.now() });
  const filter = bothFilters(query.filter, parsed.filter);
  const index = hits.findIndex(({ chunk }) => chunk.entityId === id);
  const rank = index === -1 ? null : index + 1;
  // In the trash it can be weighed only where the trash is searched.
  const alone = { ...query, filter: { entityId: id, ...(filter?.state === 'deleted' ? { state: filter.state } : {}) } };
  const weighed = hits[index] ?? (await weighAlone(parts, userId, { ...alone, text: parsed.text, words }, options));
  const isAsAsked = rank !== null || (await hasAsked(parts, userId, { ...alone, parsed }, options));
  const model = (await parts.index.liveModel()) ?? parts.embedder.model;
  const isIndexed = (await parts.index.indexedVersion({ userId, entityId: id, model })) !== null;
  const isAnswered = hits.some(({ isAnswer }) => isAnswer);
  const evidence = { filter, isAsAsked, limit: query.limit, rank, weighed, isIndexed, isAnswered };
  const reason = state === undefined ? WhyNotReason.notThere : reasonOf(state, evidence);
  return {
    entityId: id,
    reason,
    message: messageOf(reason, { rank, state: state ?? present }),
    rank,
    best: viewBest(weighed),
  };
}

/** The thing without any filter and without the others, so that it is seen how it scores. */
async function weighAlone(
  parts: Parts,
  userId: UserId,
  { text, words, ...query }: SearchQuery & { words: readonly QueryWord[] },
  options: { signal?: AbortSignal },
): Promise<FusedHit | undefined> {
  const { chunks } = await findParsed(parts, userId, { ...query, parsed: asPlainText(text) }, options);
  return fuse(chunks, words, { text })[0];
}

/** Whether it has the phrases that the query wants and none of the words that it does not, where it asks for any. */
async function hasAsked(
  parts: Parts,
  userId: UserId,
  query: Omit<SearchQuery, 'text'> & { parsed: ParsedQuery },
  options: { signal?: AbortSignal },
): Promise<boolean> {
  const { phrases, excluded, inTitle } = query.parsed;
  if (phrases.length === 0 && excluded.length === 0 && !inTitle) return true;
  return (await findParsed(parts, userId, query, options)).chunks.length > 0;
}

interface Evidence {
  /** `null` if nothing can be as the query and its parameters want it. */
  readonly filter: SearchFilter | null;
  readonly isAsAsked: boolean;
  readonly limit: number;
  readonly rank: number | null;
  readonly weighed: FusedHit | undefined;
  readonly isIndexed: boolean;
  readonly isAnswered: boolean;
}

function reasonOf(
  state: EntityState,
  { filter, isAsAsked, limit, rank, weighed, isIndexed, isAnswered }: Evidence,
): WhyNotReason {
  if (state.deletedAt !== null && filter?.state !== 'deleted') return WhyNotReason.inTrash;
  if (!isIndexed) return WhyNotReason.notIndexed;
  if (rank !== null && rank <= limit) return isAnswered ? WhyNotReason.found : WhyNotReason.belowThreshold;
  if (rank !== null) return WhyNotReason.belowOthers;
  if (filter === null || !matchesFilter(state, filter)) return WhyNotReason.filteredOut;
  if (weighed === undefined) return WhyNotReason.nothingInCommon;
  return isAsAsked ? WhyNotReason.belowOthers : WhyNotReason.filteredOut;
}

function messageOf(reason: WhyNotReason, { rank, state }: { rank: number | null; state: EntityState }): string {
  switch (reason) {
    case WhyNotReason.found:
      return `It was found, at rank ${rank}.`;
    case WhyNotReason.inTrash:
      return `This ${state.type} is in the trash. Restore it to find it.`;
    case WhyNotReason.notThere:
      return 'It was not there then.';
    case WhyNotReason.filteredOut:
      return 'It is not as the query wants it: another type, tag, state or time, a phrase it lacks, or a word behind a minus.';
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
