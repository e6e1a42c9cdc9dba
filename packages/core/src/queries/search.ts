import { changedSince, loadEntities, loadEntitiesAsOf } from '@synap/database';
import { type EntityState, type FileReference, FileType, NotFound, Unavailable, type UserId } from '@synap/domain';
import {
  type ChunkCandidate,
  cutSnippet,
  type FusedHit,
  fuse,
  type ParsedQuery,
  type PastScope,
  parseQuery,
  plainText,
  type QueryWord,
  type SearchFilter,
} from '@synap/search';
import { readBytes } from '@synap/storage';
import type { Parts } from '../parts.ts';
import { type EntityView, viewEntity } from '../views.ts';
import { type PointInTime, refuseFuture } from './as-of.ts';
import { bothFilters, matchesFilter } from './search-filter.ts';

export const SearchMode = { hybrid: 'hybrid', semantic: 'semantic', text: 'text' } as const;
export type SearchMode = (typeof SearchMode)[keyof typeof SearchMode];

export interface SearchQuery extends PointInTime {
  readonly text: string;
  readonly mode: SearchMode;
  readonly filter: SearchFilter;
  readonly limit: number;
}

export interface SearchHit {
  entity: EntityView;
  /** 0..1, comparable within one answer only. */
  score: number;
  /** The part of the content that fits best. */
  snippet: string;
  why: {
    /** Which part of the content it was. */
    chunk: { index: number; start: number; end: number };
    similarity: number | null;
    /** The share of the query's rare words that the hit has. */
    coverage: number;
    words: string[];
    /** What the words added to the similarity, in its units. */
    wordBonus: number;
  };
}

/** What was found; and where that is nothing, what came closest to it. */
export interface SearchAnswer {
  items: SearchHit[];
  /** Empty where something was found. None of these is likely to be what was meant. */
  closest: SearchHit[];
}

/**
 * Finds the user's things by meaning, by words, or by both. The text may have phrases, `-words` and fields; see
 * `parseQuery`. With nothing but fields it gives what was changed last. With `asOf` it finds what was there at that
 * instant, by the content of then.
 * @throws {ValidationFailed} if a field of the query has a value that it does not take, or the instant is still to come.
 * @throws {Unavailable} if the query cannot be embedded.
 */
export async function search(
  parts: Parts,
  userId: UserId,
  { text, mode, filter, limit, asOf }: SearchQuery,
  options: { signal?: AbortSignal } = {},
): Promise<SearchAnswer> {
  const candidates = await findCandidates(parts, userId, { text, mode, filter, limit, asOf }, options);
  const hits = await rankCandidates(parts, userId, candidates, { asOf });
  const isAnswered = hits.some(({ isAnswer }) => isAnswer);
  const best = hits.slice(0, isAnswered ? limit : Math.min(CLOSEST_MAX, limit));
  const found = await toSearchHits(parts, await loadStates(parts, userId, best, asOf));
  return isAnswered ? { items: found, closest: [] } : { items: [], closest: found };
}

/** So many are shown where nothing was found. */
const CLOSEST_MAX = 3;

/** What may answer a query, not yet ranked. */
export interface Candidates {
  /** What of the query was embedded and looked up; without its fields. */
  readonly text: string;
  readonly words: readonly QueryWord[];
  readonly chunks: readonly ChunkCandidate[];
}

/**
 * What may answer the query as a person types it.
 * @throws {ValidationFailed} if a field of the query has a value that it does not take, or the instant is still to come.
 * @throws {Unavailable} if the query cannot be embedded.
 */
export async function findCandidates(
  parts: Parts,
  userId: UserId,
  { text, filter, ...query }: SearchQuery,
  options: { signal?: AbortSignal } = {},
): Promise<Candidates> {
  refuseFuture(parts, query);
  const parsed = parseQuery(text, { now: parts.clock.now() });
  const wanted = bothFilters(filter, parsed.filter);
  if (wanted === null) return { text: parsed.text, words: [], chunks: [] };
  return findParsed(parts, userId, { ...query, parsed, filter: wanted }, options);
}

/**
 * What may answer a query that was read already; what its fields ask for is in `filter`.
 * @throws {Unavailable} if the query cannot be embedded.
 */
export async function findParsed(
  parts: Parts,
  userId: UserId,
  { parsed, mode, filter, limit, asOf }: Omit<SearchQuery, 'text'> & { parsed: Omit<ParsedQuery, 'filter'> },
  options: { signal?: AbortSignal } = {},
): Promise<Candidates> {
  const found = await parts.index.candidates({
    ...parsed,
    userId,
    ...(await embedQuery(parts, parsed.text, { ...options, userId, isWanted: mode !== SearchMode.text })),
    useWords: mode !== SearchMode.semantic,
    filter,
    limit: Math.max(CANDIDATES_MIN, limit),
    ...(asOf === undefined ? {} : { past: await readPast(parts, userId, { asOf, filter }) }),
  });
  return { text: parsed.text, ...found };
}

/** A text as a query that has no fields, phrases or `-words`, whatever is in it. */
export function asPlainText(text: string): Omit<ParsedQuery, 'filter'> {
  return { text, phrases: [], excluded: [], inTitle: false };
}

/** A hit with the thing as it is, or was. */
interface FoundThing {
  readonly hit: FusedHit;
  readonly state: EntityState;
}

/** One hit for each thing, best first; where nothing but fields was asked for, what was changed last comes first. */
export async function rankCandidates(
  parts: Parts,
  userId: UserId,
  { text, words, chunks }: Candidates,
  { asOf }: PointInTime,
): Promise<FusedHit[]> {
  const hits = fuse(chunks, words, { text });
  if (text !== '') return hits;
  const found = await loadStates(parts, userId, hits, asOf);
  return found
    .sort((left, right) => right.state.updatedAt.getTime() - left.state.updatedAt.getTime())
    .map(({ hit }) => hit);
}

async function loadStates(
  parts: Parts,
  userId: UserId,
  hits: readonly FusedHit[],
  asOf: Date | undefined,
): Promise<FoundThing[]> {
  const ids = hits.map(({ chunk }) => chunk.entityId);
  const states =
    asOf === undefined
      ? await loadEntities(parts.database.queries, userId, ids)
      : await loadEntitiesAsOf(parts, userId, { ids, asOf });
  return hits.flatMap((hit) => {
    const state = states.get(hit.chunk.entityId);
    return state === undefined ? [] : [{ hit, state }];
  });
}

function toSearchHits(parts: Parts, found: readonly FoundThing[]): Promise<SearchHit[]> {
  return Promise.all(found.map(({ hit, state }) => toSearchHit(parts, hit, state)));
}

/**
 * What has changed since an instant, as it was then. The index keeps the chunks of earlier revisions, and which of them
 * counted at an instant only the log knows: the things that have changed since are folded, as for a list of the past.
 * So the past costs time by how much has changed since, and room by how much was ever rewritten. Content that was
 * replaced before it was indexed, within seconds, is not found.
 */
async function readPast(
  parts: Parts,
  userId: UserId,
  { asOf, filter }: { asOf: Date; filter: SearchFilter },
): Promise<PastScope> {
  const revisions: PastScope['revisions'][number][] = [];
  for await (const states of changedSince(parts, userId, asOf)) {
    for (const state of states.filter((candidate) => matchesFilter(candidate, filter))) {
      revisions.push({ entityId: state.id, checksum: state.file?.checksum ?? '', title: state.title });
    }
  }
  return { asOf, revisions };
}

/** How many chunks each way of finding brings to the fusion, at the least. */
const CANDIDATES_MIN = 50;

/**
 * The query as the index that answers understands it: embedded by the model of its vectors, which is another than the
 * present one while everything is embedded anew. Where that model is not to be had any more, words alone must do.
 */
async function embedQuery(
  { embedder, earlierEmbedders = [], index }: Parts,
  text: string,
  { isWanted, ...options }: { signal?: AbortSignal; userId: UserId; isWanted: boolean },
): Promise<{ model: string; embedding: Float32Array | null }> {
  const model = (await index.liveModel()) ?? embedder.model;
  const fitting = [embedder, ...earlierEmbedders].find((candidate) => candidate.model === model);
  if (!isWanted || text === '' || fitting === undefined) return { model, embedding: null };
  const [embedding] = await fitting.embed([text], { priority: 'interactive', ...options });
  if (embedding === undefined) throw new Error('The embedder answered no vector for the query.');
  return { model, embedding };
}

async function toSearchHit(parts: Parts, hit: FusedHit, state: EntityState): Promise<SearchHit> {
  const { chunk, score, coverage, words, wordBonus } = hit;
  return {
    entity: viewEntity(state),
    score,
    snippet: await readSnippet(parts, hit, state),
    why: {
      chunk: { index: chunk.chunkIndex, start: chunk.start, end: chunk.end },
      similarity: chunk.similarity,
      coverage,
      words: [...words],
      wordBonus,
    },
  };
}

/** Whether places in what is indexed are places in the file; in a document they are places in its text. */
export function isReadAsItStands({ fileType }: FileReference): boolean {
  return fileType === FileType.markdown || fileType === FileType.text;
}

/** Cut from the file itself. Where the content has changed since it was indexed, or is gone, the preview stands in. */
async function readSnippet({ files }: Parts, { chunk, words }: FusedHit, { file }: EntityState): Promise<string> {
  if (file === null || file.checksum !== chunk.checksum || !isReadAsItStands(file)) return file?.preview ?? '';
  try {
    const bytes = await readBytes(files, file.filePath, { range: chunk });
    return cutSnippet(plainText(new TextDecoder().decode(bytes)), { words });
  } catch (error) {
    if (error instanceof NotFound || error instanceof Unavailable) return file.preview;
    throw error;
  }
}
