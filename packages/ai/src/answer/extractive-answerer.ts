import type { TextEmbedder } from '../embedding/text-embedder.ts';
import { type Answerer, AnswerKind, type Question, type QuestionWord, type Statement } from './answerer.ts';
import { splitSentences } from './split-sentences.ts';

/**
 * Answers with the sentences of the notes that fit the question best, word for word.
 *
 * A sentence is weighed by its likeness to the question, under the title of its note, since `It closes at 16.` means
 * little alone, and by the share of the question's rare words that it has. The best is said, and others that are nearly
 * as good.
 */

/** How many sentences one passage may bring: a chunk has some ten. */
const SENTENCES_MAX = 24;
const STATEMENTS_MAX = 3;
/** Another sentence is said as well if it is this close to the best. */
const NEARLY_AS_GOOD = 0.9;
/** What a sentence gains that has all of the question's words, in units of similarity. */
const WORDS_BONUS = 0.3;
/** An ending is this long at the most. */
const ENDING_MAX_LENGTH = 4;
const STEM_MIN_LENGTH = 3;

interface Candidate {
  readonly passage: number;
  readonly text: string;
  readonly title: string;
}

/** Makes the answerer that needs no key. */
export function createExtractiveAnswerer({ embedder }: { embedder: TextEmbedder }): Answerer {
  return {
    kind: AnswerKind.extractive,
    model: `extractive, ${embedder.model}`,
    answer: (question, options = {}) => pickSentences(embedder, question, options),
  };
}

async function* pickSentences(
  embedder: TextEmbedder,
  { text, words, passages }: Question,
  options: { signal?: AbortSignal },
): AsyncGenerator<Statement> {
  const candidates = passages.flatMap((passage, index): Candidate[] =>
    splitSentences(passage.text)
      .slice(0, SENTENCES_MAX)
      .map((sentence) => ({ passage: index, text: sentence, title: passage.title })),
  );
  if (candidates.length === 0) return;
  const texts = [text, ...candidates.map((candidate) => `${candidate.title}: ${candidate.text}`)];
  const [asked, ...embeddings] = await embedder.embed(texts, { priority: 'interactive', ...options });
  const weighed = candidates
    .map((candidate, index) => ({
      candidate,
      score: similarity(asked, embeddings[index]) + WORDS_BONUS * shareOfWords(candidate, words),
    }))
    .sort((left, right) => right.score - left.score);
  const best = weighed[0]?.score ?? 0;
  const said = new Set<string>();
  for (const { candidate, score } of weighed) {
    if (said.size >= STATEMENTS_MAX || score < best * NEARLY_AS_GOOD) return;
    if (said.has(candidate.text)) continue;
    said.add(candidate.text);
    yield { text: candidate.text, quotes: [{ passage: candidate.passage, text: candidate.text }] };
  }
}

function similarity(left: Float32Array | undefined, right: Float32Array | undefined): number {
  if (left === undefined || right === undefined) throw new Error('The embedder answered fewer vectors than texts.');
  return left.reduce((sum, value, axis) => sum + value * (right[axis] ?? 0), 0);
}

/** The share of the question's rare words that are in the sentence or its title, by rarity. */
function shareOfWords({ text, title }: Candidate, words: readonly QuestionWord[]): number {
  const present = `${title} ${text}`.toLowerCase().match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [];
  let all = 0;
  let share = 0;
  for (const { word, rarity } of words) {
    all += rarity;
    if (present.some((other) => isSameButForEnding(other, word))) share += rarity;
  }
  return all === 0 ? 0 : share / all;
}

/** The words of a question come as they were typed: both lose their endings, as far as English has them. */
function isSameButForEnding(word: string, asked: string): boolean {
  const typed = asked.toLowerCase();
  if (word === typed) return true;
  const root = rootOf(typed);
  return root.length >= STEM_MIN_LENGTH && word.length - root.length <= ENDING_MAX_LENGTH && word.startsWith(root);
}

/** What all forms of a word begin with, about: `bak` of `baking`, `plan` of `planned`. */
function rootOf(word: string): string {
  const root = word.replace(/(?:ing|ies|ied|es|ed|s|e|i|y)$/, '');
  return (root.length < STEM_MIN_LENGTH ? word : root).replace(/([^aeiou])\1$/, '$1');
}
