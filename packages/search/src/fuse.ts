import type { ChunkCandidate, QueryWord } from './search-index.ts';

/**
 * Fusion of meaning and words.
 *
 * Ranking by reciprocal rank of both lists, with full-text search matching any word, ruins questions that share few
 * words with their answer: every chunk with a common word comes in with the weight of a real hit. So meaning carries
 * the ranking, and words add to it by how much of the query's *rare* words a chunk covers: nothing up to a threshold,
 * all of the bonus for all of them. A word's rarity is its inverse document frequency among the user's own chunks.
 *
 * The weights were chosen on one half of the labelled queries in `bench/data/vault-search.json`, in the middle of a
 * range in which the ranking hardly changes; the other half confirms them (`npm run bench`).
 */

/**
 * What a chunk that has all of the query's rare words gains, in units of cosine similarity. About the distance between
 * a good answer and an average chunk: with 0.25, exact names begin to lose to chunks that only mean something similar.
 */
const COVERAGE_BONUS = 0.3;
/** Up to this share of the rare words, words say nothing: a paraphrase shares that much with anything by chance. */
const COVERAGE_THRESHOLD = 0.4;
/**
 * What a title with all of the query's rare words gains on top. It only breaks ties, since the title is embedded with
 * every chunk already: with 0.15, questions are answered by notes that merely have a word of them in their title.
 */
const TITLE_BONUS = 0.05;
const SCORE_MAX = 1 + COVERAGE_BONUS + TITLE_BONUS;

/** The best chunk of one entity. */
export interface FusedHit {
  readonly chunk: ChunkCandidate;
  /** 0..1; comparable within one answer only. */
  readonly score: number;
  /** The share of the query's rare words in the chunk or its title, weighted by rarity; 0..1. */
  readonly coverage: number;
  /** The query's words that it has. */
  readonly words: readonly string[];
}

/** One hit for each entity, best first; equal scores in the order of their ids, so that an answer is repeatable. */
export function fuse(candidates: readonly ChunkCandidate[], words: readonly QueryWord[]): FusedHit[] {
  const best = new Map<string, FusedHit>();
  for (const chunk of candidates) {
    const hit = score(chunk, words);
    const known = best.get(chunk.entityId);
    if (known === undefined || hit.score > known.score) best.set(chunk.entityId, hit);
  }
  return [...best.values()].sort(
    (left, right) => right.score - left.score || (left.chunk.entityId < right.chunk.entityId ? -1 : 1),
  );
}

function score(chunk: ChunkCandidate, words: readonly QueryWord[]): FusedHit {
  const matched = new Set([...chunk.matchedWords, ...chunk.titleMatchedWords]);
  const coverage = weightShare(words, matched);
  const titleCoverage = weightShare(words, new Set(chunk.titleMatchedWords));
  const similarity = Math.min(1, Math.max(0, chunk.similarity ?? coverage));
  const bonus = Math.max(0, (coverage - COVERAGE_THRESHOLD) / (1 - COVERAGE_THRESHOLD)) * COVERAGE_BONUS;
  const total = similarity + bonus + titleCoverage * TITLE_BONUS;
  return { chunk, score: total / SCORE_MAX, coverage, words: [...matched] };
}

function weightShare(words: readonly QueryWord[], matched: ReadonlySet<string>): number {
  let all = 0;
  let share = 0;
  for (const { word, rarity } of words) {
    all += rarity;
    if (matched.has(word)) share += rarity;
  }
  return all === 0 ? 0 : share / all;
}
