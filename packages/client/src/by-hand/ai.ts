import { type ReadOptions, send } from '../call.ts';
import type { Synap } from '../create-synap.ts';
import type { Schemas } from '../operation-types.ts';
import { type Problem, ProblemError } from '../problem-error.ts';
import { readLines } from '../read-lines.ts';

/**
 * Answers a question from the notes, message by message, each part with its sources.
 *
 * @example
 * for await (const message of ai.ask(synap, { question })) if (message.type === 'text') console.log(message.text);
 *
 * @throws {ProblemError} if the server refuses, or fails midway.
 */
export async function* ask(
  synap: Synap,
  { question }: { question: string },
  { signal }: ReadOptions = {},
): AsyncGenerator<Schemas['AskMessage']> {
  const response = await send(synap, '/api/v1/ask', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/x-ndjson' },
    body: JSON.stringify({ question }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (response.body === null) return;
  for await (const line of readLines(response.body)) {
    if (line === '') continue;
    const message: Schemas['AskMessage'] | { type: 'error'; problem: Problem } = JSON.parse(line);
    if (message.type === 'error') throw new ProblemError(message.problem);
    yield message;
  }
}
