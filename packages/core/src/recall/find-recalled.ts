import { createHash } from 'node:crypto';
import { findGivenAnswers, loadEntities, rememberAnswer as store } from '@synap/database';
import type { EntityId, EntityState, UserId } from '@synap/domain';
import type { Parts } from '../parts.ts';
import { readStart } from '../queries/duplicates.ts';
import { shinglesOf } from '../queries/shingle-overlap.ts';
import { statementsOf, states, wordsOf } from './statements.ts';

/*
 * Guards against the loop in which what was recalled from the notes comes back as a note, is recalled again, and counts
 * twice. No cooperation of the client is asked for: what an agent hands in is compared with what stands in the notes, and
 * with the answers that were made of them.
 *
 * Nothing is ever lost by it: only what states nothing at all that does not stand there already, word for word, is not
 * taken in. One word more, and it is.
 */

/** By so many of its statements it is looked for; all of them must be found. */
const SEARCHED_MAX = 40;
const NEIGHBOURS_PER_STATEMENT = 4;
const SOURCES_MAX = 12;
/** More statements than these are a document, not something that was recalled. */
const STATEMENTS_MAX = 400;
const ANSWERS_MAX = 20;
const SHINGLES_MAX = 2_000;

/** Something that was handed in, and stands in the notes already. */
export interface Recalled {
  /** What states the most of it. */
  readonly entity: EntityState;
  /** All that state some of it. */
  readonly entityIds: readonly EntityId[];
}

/**
 * Where a text stands in the user's notes already, all of it; `null` if it states anything new.
 * @throws {Unavailable} if it cannot be embedded.
 */
export async function findRecalled(parts: Parts, userId: UserId, text: string): Promise<Recalled | null> {
  const statements = [...new Set(statementsOf(text))];
  if (statements.length === 0 || statements.length > STATEMENTS_MAX) return null;
  const sources = await readSources(parts, userId, statements.slice(0, SEARCHED_MAX));
  const found = sources
    .map((source) => ({ entity: source.entity, count: statements.filter((each) => says(source, each)).length }))
    .sort((left, right) => right.count - left.count);
  const missing = statements.filter((statement) => !sources.some((source) => says(source, statement)));
  const [best] = found;
  if (best === undefined || !(await wereAnswered(parts, userId, missing))) return null;
  const entityIds = found.filter(({ count }) => count > 0).map(({ entity }) => entity.id);
  return { entity: best.entity, entityIds: entityIds.length > 0 ? entityIds : [best.entity.id] };
}

interface Source {
  readonly entity: EntityState;
  readonly titleWords: string;
  readonly words: string;
}

/** Whether a thing has a statement in it, or the statement is introduced by the thing's title: 'Boiler: 1.2 bar'. */
function says({ titleWords, words }: Source, statement: string): boolean {
  if (states(words, statement) || statement === titleWords) return true;
  return statement.startsWith(`${titleWords} `) && states(words, statement.slice(titleWords.length + 1));
}

/** What is nearest to any of the statements, the nearest first. */
async function readSources(parts: Parts, userId: UserId, statements: readonly string[]): Promise<Source[]> {
  const { index, embedder, earlierEmbedders = [], database, files } = parts;
  const model = (await index.liveModel()) ?? embedder.model;
  const answering = [embedder, ...earlierEmbedders].find((each) => each.model === model);
  if (answering === undefined) return [];
  const nearest = new Map<EntityId, number>();
  for (const embedding of await answering.embed(statements, { priority: 'interactive', userId })) {
    const query = { userId, model, text: '', embedding, useWords: false, filter: {}, limit: NEIGHBOURS_PER_STATEMENT };
    for (const { entityId, similarity } of (await index.candidates(query)).chunks) {
      nearest.set(entityId, Math.max(similarity ?? 0, nearest.get(entityId) ?? 0));
    }
  }
  const ids = [...nearest].sort(([, left], [, right]) => right - left).map(([id]) => id);
  const entities = await loadEntities(database.queries, userId, ids.slice(0, SOURCES_MAX));
  const sources = await Promise.all(
    ids.map(async (id): Promise<Source | null> => {
      const entity = entities.get(id);
      if (entity === undefined || entity.deletedAt !== null) return null;
      const text = (await readStart(files, entity)) ?? entity.file?.preview ?? '';
      return { entity, titleWords: wordsOf(entity.title), words: wordsOf(text) };
    }),
  );
  return sources.filter((source) => source !== null);
}

/** Whether all of these were said in answers that the user was given, in whatever words. */
async function wereAnswered({ database }: Parts, userId: UserId, statements: readonly string[]): Promise<boolean> {
  const shingles = statements.flatMap((statement) => hashesOf(statement));
  const answers = await findGivenAnswers(database.queries, userId, { shingles, limit: ANSWERS_MAX });
  const given = new Set(answers.flat());
  return shingles.every((shingle) => given.has(shingle));
}

/** Remembers an answer that was put in other words than the notes have. */
export async function rememberAnswer(
  { database, ids, clock }: Parts,
  userId: UserId,
  texts: readonly string[],
): Promise<void> {
  const shingles = [...new Set(texts.flatMap(statementsOf).flatMap(hashesOf))].slice(0, SHINGLES_MAX);
  if (shingles.length === 0) return;
  await store(database.queries, userId, { id: ids.next(), shingles, givenAt: clock.now() });
}

/** 48 bits, which a number holds exactly. */
function hashesOf(statement: string): number[] {
  return [...shinglesOf(statement)].map((shingle) => createHash('sha256').update(shingle).digest().readUIntBE(0, 6));
}
