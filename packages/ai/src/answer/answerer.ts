/**
 * The port of those who answer questions from passages of a person's notes.
 *
 * An answerer is not trusted. It says statements, each with the quotes that it rests on, and whoever asks checks every
 * quote against the file before anything is shown; a statement without a quote, or with one that is not exactly there,
 * is dropped. So neither an invention nor an instruction hidden in a note gets through as a citation.
 */

import type { CallOptions } from '../call-options.ts';

/** A part of one note. */
export interface Passage {
  readonly title: string;
  /** An exact slice of the note's file. */
  readonly text: string;
}

/** A word of the question, with how much it tells the user's notes apart. */
export interface QuestionWord {
  readonly word: string;
  readonly rarity: number;
}

export interface Question {
  readonly text: string;
  readonly words: readonly QuestionWord[];
  /** The best first. */
  readonly passages: readonly Passage[];
}

/** An exact part of a passage. */
export interface Quote {
  /** Which passage, from 0. */
  readonly passage: number;
  readonly text: string;
}

/** One thing that is said, with all that it rests on. */
export interface Statement {
  readonly text: string;
  readonly quotes: readonly Quote[];
}

/** `extractive` says sentences of the notes as they are; `written` says them in its own words. */
export const AnswerKind = { extractive: 'extractive', written: 'written' } as const;
export type AnswerKind = (typeof AnswerKind)[keyof typeof AnswerKind];

export interface Answerer {
  readonly kind: AnswerKind;
  /** What made the answer, such as the name of a model. */
  readonly model: string;
  /**
   * Statements as they are made, the most important first; none where the passages do not answer the question.
   * @throws {Unavailable} if the model does not answer.
   */
  answer(question: Question, options?: CallOptions): AsyncIterable<Statement>;
}
