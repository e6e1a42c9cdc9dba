import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { CallOptions } from '../call-options.ts';
import { type AnswerPrompt, answerPrompt } from './answer-prompt.ts';
import { type Answerer, AnswerKind, type Statement } from './answerer.ts';

/** A language model, as far as answering needs one: a prompt in, its answer in pieces as they come. */
export interface LanguageModel {
  readonly name: string;
  /** @throws {Unavailable} if it does not answer. */
  complete(prompt: AnswerPrompt, options: CallOptions): AsyncIterable<string>;
}

const statementSchema = z.object({
  text: z.string().trim().min(1),
  quotes: z.array(z.object({ passage: z.int().nonnegative(), text: z.string() })),
});

/** Makes an answerer of a language model. A line of it that is no statement is left out. */
export function createWrittenAnswerer({ languageModel }: { languageModel: LanguageModel }): Answerer {
  return {
    kind: AnswerKind.written,
    model: languageModel.name,
    answer: async function* (question, options = {}) {
      const prompt = answerPrompt(question, { mark: randomUUID() });
      for await (const line of linesOf(languageModel.complete(prompt, options))) {
        const statement = parseStatement(line);
        if (statement !== null) yield statement;
      }
    },
  };
}

async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

function parseStatement(line: string): Statement | null {
  try {
    const parsed = statementSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
