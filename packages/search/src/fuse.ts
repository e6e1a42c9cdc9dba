import type { QueryWord } from './query-word.ts';
import type { ChunkCandidate } from './search-index.ts';

/**
 * Fusion of meaning and words, and how much of an answer a hit is.
 *
 * Ranking by reciprocal rank of both lists, with full-text search matching any word, ruins questions that share few
 * words with their answer: every chunk with a common word comes in with the weight of a real hit. So meaning carries
 * the ranking, and words add to it, in units of cosine similarity:
 *
 *     evidence = similarity + COVERAGE_BONUS · over(coverage) · distinctness²
 *
 * - `coverage` is the share of the query's rare words that a chunk or its title has, weighted by their inverse document
 *   frequency among the user's own chunks; `over` is 0 up to a threshold and rises to 1 where all of them are there.
 *   A word that none of the chunks has counts less than it would by its rarity: it tells no chunk from another, and is
 *   often the asker's own word for what the note calls something else.
 * - A chunk that has a word in another form, where others have it as it was asked for, has it less: who types a name or a
 *   number means just that.
 * - Where a chunk is in another language than the query and they share a name, the rest of the query's words cannot be
 *   expected of it, and their lack hardly counts.
 * - `distinctness` is the rarity of the rarest of these words in units of a word that one chunk alone has. It enters once
 *   for the query and once for the chunk, as in tf-idf: all of a question's words say little where they are common ones.
 * - Where the query has letters beyond ASCII, words that no chunk has are left out altogether: the local model reads
 *   English, so what it makes of other languages is little more than likeness of letters, and words must carry them.
 *
 * The evidence is absolute: `isAnswer` compares it with the likeness that a question has by chance to the most alike of
 * `n` chunks that have nothing to do with it. That grows as the largest of `n` draws from a normal distribution does,
 * `σ·√(2 ln n)`: measured with notes drawn at random from both labelled sets, for 3 to 1,300 chunks, σ = 0.124 is below
 * what 3 of 10 such questions reach. It stops growing where it would cost more answers than it saves from false ones.
 * Below it the honest answer is that nothing was found, unless every word of the query is there.
 *
 * The constants were chosen on the tuning halves of the labelled sets in `bench/data`, in the middle of a range in which
 * the ranking hardly changes; the held-out halves confirm them (`npm run bench -- search-quality`).
 */

/** What a chunk gains that has all of the query's words, one of them in no other chunk. */
const COVERAGE_BONUS = 0.55;
/** Up to this share of the rare words, words say nothing: a paraphrase shares that much with anything by chance. */
const COVERAGE_THRESHOLD = 0.4;
/** How much of its weight a word keeps in a chunk that has it in another form, while others have it as it was asked for. */
const INFLECTED_WORD_WEIGHT = 0.8;
/** How much of its weight a word keeps that a chunk in another language cannot be expected to have. */
const FOREIGN_WORD_WEIGHT = 0.2;
/** How much of its weight a word keeps that none of the user's chunks has. */
const UNKNOWN_WORD_WEIGHT = 0.75;
/** How much of the similarity of a query in another language than the model's counts when it is asked for an answer. */
const FOREIGN_SIMILARITY_WEIGHT = 0.85;
/** The spread of the similarities of a question to chunks that have nothing to do with it. */
const CHANCE_SPREAD = 0.124;
/** How much more evidence it takes to say something than to show something. */
const SURENESS = 1.1;
const ANSWER_THRESHOLD_MIN = 0.2;
const ANSWER_THRESHOLD_MAX = 0.4;
/** Fewer candidates than this are all there are: each way of finding brings so many where it can. */
const CANDIDATES_OF_MANY = 50;
const SCORE_MAX = 1 + COVERAGE_BONUS;

/** The best chunk of one entity. */
export interface FusedHit {
  readonly chunk: ChunkCandidate;
  /** 0..1; comparable within one answer only. */
  readonly score: number;
  /** The share of the query's rare words in the chunk or its title, weighted by rarity; 0..1. */
  readonly coverage: number;
  /** The same share of the title alone; it decides between equals. */
  readonly titleCoverage: number;
  /** The query's words that it has. */
  readonly words: readonly string[];
  /** What the words added to the similarity, in its units. */
  readonly wordBonus: number;
  /** Whether there is enough in it to be an answer at all, and not just what comes closest. */
  readonly isAnswer: boolean;
  /** Whether there is enough in it to answer a question from it, and not just to show it. */
  readonly isSure: boolean;
}

/** What fusion must know of the query beside its words. */
export interface FusedQuery {
  readonly text: string;
}

/** One hit for each entity, best first; equal scores in the order of their ids, so that an answer is repeatable. */
export function fuse(
  candidates: readonly ChunkCandidate[],
  words: readonly QueryWord[],
  { text }: FusedQuery = { text: '' },
): FusedHit[] {
  const query = { words, isForeign: FOREIGN_LETTER.test(text), threshold: answerThreshold(candidates, words) };
  const best = new Map<string, FusedHit>();
  for (const chunk of candidates) {
    const hit = weigh(chunk, query);
    const known = best.get(chunk.entityId);
    if (known === undefined || compare(hit, known) < 0) best.set(chunk.entityId, hit);
  }
  return [...best.values()].sort(compare);
}

/** How much evidence an answer has, among as many chunks as the user has. */
export function answerThreshold(candidates: readonly ChunkCandidate[], words: readonly QueryWord[]): number {
  const seen = candidates.length < CANDIDATES_OF_MANY ? candidates.length : Number.POSITIVE_INFINITY;
  const chunks = Math.max(1, Math.min(words[0]?.chunks ?? Number.POSITIVE_INFINITY, seen));
  const byChance = CHANCE_SPREAD * Math.sqrt(2 * Math.log(chunks));
  return Math.min(ANSWER_THRESHOLD_MAX, Math.max(ANSWER_THRESHOLD_MIN, byChance));
}

/** A letter that English does not write. */
const FOREIGN_LETTER = /[^\P{L}A-Za-z]/u;

/** Better ones first. */
function compare(left: FusedHit, right: FusedHit): number {
  return (
    right.score - left.score ||
    right.titleCoverage - left.titleCoverage ||
    compareText(left.chunk.entityId, right.chunk.entityId) ||
    left.chunk.chunkIndex - right.chunk.chunkIndex
  );
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

interface WeighedQuery {
  readonly words: readonly QueryWord[];
  readonly isForeign: boolean;
  readonly threshold: number;
}

function weigh(chunk: ChunkCandidate, { words, isForeign, threshold }: WeighedQuery): FusedHit {
  const matched = new Set([...chunk.matchedWords, ...chunk.titleMatchedWords]);
  const inflected = new Set(chunk.inflectedWords);
  const coverage = shareOf(words, matched, ({ rarity }) => rarity, inflected);
  const ofExpected = shareOf(words, matched, expectedWeight(chunk, isForeign), inflected);
  const similarity = Math.min(1, Math.max(0, chunk.similarity ?? coverage));
  const bonus = COVERAGE_BONUS * over(ofExpected) * distinctnessOf(words, matched) ** 2;
  const trusted = isForeign ? similarity * FOREIGN_SIMILARITY_WEIGHT : similarity;
  const hasAllWords = words.length > 0 && matched.size === words.length;
  const hasEvidence = (bar: number) => chunk.similarity === null || hasAllWords || trusted + bonus >= bar;
  return {
    chunk,
    score: (similarity + bonus) / SCORE_MAX,
    coverage,
    titleCoverage: shareOf(words, new Set(chunk.titleMatchedWords), ({ rarity }) => rarity, inflected),
    words: [...matched],
    wordBonus: bonus,
    isAnswer: hasEvidence(threshold),
    isSure: hasEvidence(threshold * SURENESS),
  };
}

/** How much a word of the query counts against a chunk that lacks it, by what can be expected of the chunk. */
function expectedWeight(chunk: ChunkCandidate, isForeign: boolean): (word: QueryWord) => number {
  const foreign = new Set(chunk.foreignWords);
  const unknownWeight = isForeign ? 0 : UNKNOWN_WORD_WEIGHT;
  return ({ word, rarity, isKnown }) => {
    if (foreign.has(word)) return rarity * FOREIGN_WORD_WEIGHT;
    return isKnown ? rarity : rarity * unknownWeight;
  };
}

/** How far a coverage is above what comes by chance; 0..1. */
function over(coverage: number): number {
  return Math.max(0, (coverage - COVERAGE_THRESHOLD) / (1 - COVERAGE_THRESHOLD));
}

function distinctnessOf(words: readonly QueryWord[], matched: ReadonlySet<string>): number {
  return Math.max(0, ...words.filter(({ word }) => matched.has(word)).map(({ distinctness }) => distinctness));
}

function shareOf(
  words: readonly QueryWord[],
  matched: ReadonlySet<string>,
  weightOf: (word: QueryWord) => number,
  inflected: ReadonlySet<string>,
): number {
  let all = 0;
  let share = 0;
  for (const word of words) {
    all += weightOf(word);
    if (matched.has(word.word)) share += weightOf(word) * (inflected.has(word.word) ? INFLECTED_WORD_WEIGHT : 1);
  }
  return all === 0 ? 0 : share / all;
}
