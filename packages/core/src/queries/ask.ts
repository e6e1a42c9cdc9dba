import { type Answerer, AnswerKind, type Question, type QuestionWord, type Statement } from '@synap/ai';
import { loadEntities } from '@synap/database';
import { type EntityState, NotFound, Unavailable, type UserId } from '@synap/domain';
import { type FusedHit, fuse } from '@synap/search';
import type { Parts } from '../parts.ts';
import { rememberAnswer } from '../recall/find-recalled.ts';
import { type CitablePassage, type Citation, proveStatement } from './ask-citations.ts';
import { readReferencedFile } from './read-content.ts';
import { asPlainText, findParsed, isReadAsItStands, SearchMode } from './search.ts';

/** What an answer comes as, in this order: `searching`, then citations each before the text that rests on them, the end. */
export type AskMessage =
  | { type: 'searching'; question: string }
  /** A source with the number that the text refers to it by. Its quote is in the file, exactly there. */
  | ({ type: 'citation'; number: number } & Citation)
  /** A part of the answer, with the numbers of the citations that it rests on. */
  | { type: 'text'; text: string; citations: number[] }
  /** The answer is complete. `insteadOf` is the model that it stands in for, where that one failed. */
  | { type: 'done'; kind: AnswerKind; model: string; insteadOf?: string }
  /** The notes do not answer the question. No text came before it. */
  | { type: 'no-answer'; message: string; closest: { entityId: string; title: string }[] };

/** From so many things an answer is made. */
const PASSAGES_MAX = 5;
/** A passage is read for the answer if it scores this share of the best. */
const NEARLY_AS_GOOD = 0.75;
const CLOSEST_MAX = 3;
const NO_ANSWER = 'Your notes do not answer this.';

/**
 * Answers a question from the user's notes, message by message, each part with its sources.
 *
 * Whatever the answerer says, only statements whose every quote is in the file go out: see `ask-citations.ts`.
 *
 * @throws {Unavailable} if the question cannot be embedded, if a model breaks off in the middle of its answer, or if none
 * answers.
 */
export async function* ask(
  parts: Parts,
  userId: UserId,
  { question }: { question: string },
  { signal, answerers = parts.answerers }: { signal?: AbortSignal | undefined; answerers?: Parts['answerers'] } = {},
): AsyncGenerator<AskMessage> {
  yield { type: 'searching', question };
  const options = signal === undefined ? {} : { signal };
  const { hits, words } = await findHits(parts, userId, question, options);
  const passages = await readPassages(parts, userId, hits);
  const numbers = new Map<string, number>();
  let isAnswered = false;
  let [answerer] = answerers;
  const texts: string[] = [];
  const said =
    passages.length === 0 ? [] : statementsOf(answerers, { text: question, words, passages }, { ...options, userId });
  for await (const { statement, by } of said) {
    answerer = by;
    signal?.throwIfAborted();
    const citations = proveStatement(statement, passages);
    if (citations === null) continue;
    const ofStatement: number[] = [];
    for (const citation of citations) {
      const key = `${citation.entityId} ${citation.start} ${citation.end}`;
      const known = numbers.get(key);
      const number = known ?? numbers.size + 1;
      if (known === undefined) yield { type: 'citation', number, ...citation };
      numbers.set(key, number);
      ofStatement.push(number);
    }
    texts.push(statement.text);
    yield { type: 'text', text: statement.text, citations: ofStatement };
    isAnswered = true;
  }
  const { kind, model } = answerer;
  // Sentences of the notes are found there, should they come back; other words must be remembered.
  if (kind === AnswerKind.written) await rememberAnswer(parts, userId, texts);
  const insteadOf = answerer === answerers[0] ? {} : { insteadOf: answerers[0].model };
  if (isAnswered) yield { type: 'done', kind, model, ...insteadOf };
  else yield { type: 'no-answer', message: NO_ANSWER, closest: await titlesOf(parts, userId, hits) };
}

/** What the first answerer says that does not fail; once one has begun to speak, no other goes on in its place. */
async function* statementsOf(
  answerers: Parts['answerers'],
  question: Question,
  options: { signal?: AbortSignal; userId: UserId },
): AsyncGenerator<{ statement: Statement; by: Answerer }> {
  for (const by of answerers) {
    let hasSpoken = false;
    try {
      for await (const statement of by.answer(question, options)) {
        hasSpoken = true;
        yield { statement, by };
      }
      return;
    } catch (error) {
      if (!(error instanceof Unavailable) || hasSpoken || by === answerers.at(-1)) throw error;
    }
  }
}

async function findHits(
  parts: Parts,
  userId: UserId,
  text: string,
  options: { signal?: AbortSignal },
): Promise<{ hits: FusedHit[]; words: QuestionWord[] }> {
  const query = { parsed: asPlainText(text), mode: SearchMode.hybrid, filter: {}, limit: PASSAGES_MAX };
  const { words, chunks } = await findParsed(parts, userId, query, options);
  return { hits: fuse(chunks, words, { text }), words: [...words] };
}

/** What the answerer may read: the best chunk of each of the best things, if any of them is surely an answer. */
async function readPassages(parts: Parts, userId: UserId, hits: readonly FusedHit[]): Promise<CitablePassage[]> {
  if (!hits.some(({ isSure }) => isSure)) return [];
  const bar = (hits[0]?.score ?? 0) * NEARLY_AS_GOOD;
  const best = hits.filter(({ score }) => score >= bar).slice(0, PASSAGES_MAX);
  const ids = best.map(({ chunk }) => chunk.entityId);
  const states = await loadEntities(parts.database.queries, userId, ids);
  const passages = await Promise.all(
    best.map(({ chunk }) => readPassage(parts, { chunk, state: states.get(chunk.entityId) })),
  );
  return passages.filter((passage) => passage !== null);
}

/**
 * Nothing where the content has changed since it was indexed, is gone, or is a document whose bytes are not its text: what
 * is cited must be what is there.
 */
async function readPassage(
  parts: Parts,
  { chunk, state }: { chunk: FusedHit['chunk']; state: EntityState | undefined },
): Promise<CitablePassage | null> {
  if (state?.file?.checksum !== chunk.checksum || !isReadAsItStands(state.file)) return null;
  const { id: entityId, title, version, file } = state;
  const { start, end, checksum } = chunk;
  try {
    const bytes = await readReferencedFile(parts.files, file.filePath);
    const text = new TextDecoder().decode(bytes.subarray(start, end));
    return { entityId, title, version, checksum, bytes, start, end, text };
  } catch (error) {
    if (error instanceof NotFound || error instanceof Unavailable) return null;
    throw error;
  }
}

async function titlesOf(
  parts: Parts,
  userId: UserId,
  hits: readonly FusedHit[],
): Promise<{ entityId: string; title: string }[]> {
  const ids = hits.slice(0, CLOSEST_MAX).map(({ chunk }) => chunk.entityId);
  const states = await loadEntities(parts.database.queries, userId, ids);
  return ids.flatMap((id) => {
    const state = states.get(id);
    return state === undefined ? [] : [{ entityId: id, title: state.title }];
  });
}
