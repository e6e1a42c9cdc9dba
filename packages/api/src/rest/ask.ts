import { type AskMessage, ask } from '@synap/core';
import type { Hono } from 'hono';
import { stream } from 'hono/streaming';
import type { ServedRequest } from '../app.ts';
import { toProblem } from '../errors/problem.ts';
import { authorize } from '../request/authorize.ts';
import { parseJsonObject } from '../request/read-body.ts';
import { askInput } from '../routers/ai.ts';

/** An answer as one document, for who does not want it streamed. */
interface WholeAnswer {
  answer: string | null;
  /** `extractive` or `written`; `null` where there is no answer. */
  kind: string | null;
  parts: Omit<Extract<AskMessage, { type: 'text' }>, 'type'>[];
  citations: Omit<Extract<AskMessage, { type: 'citation' }>, 'type'>[];
  closest: { entityId: string; title: string }[];
}

/**
 * `POST /api/v1/ask {question}`: the messages as they come, one JSON object a line (`application/x-ndjson`); with
 * `Accept: application/json` the whole answer as one document. A failure after the first line is a last line of type
 * `error` with a problem document in it.
 */
export function serveAsk(
  app: Hono<ServedRequest>,
  { onError }: { onError: (error: unknown, request: { path: string; correlationId: string }) => void },
): void {
  app.post('/api/v1/ask', async (context) => {
    const { request, body: json } = context.var;
    const { userId } = await authorize(request, { scope: 'read' });
    const input = askInput.parse(parseJsonObject(json));
    const { parts, correlationId } = request;
    const messages = ask(parts, userId, input, { signal: context.req.raw.signal });
    if (wantsOneDocument(context.req.header('accept'))) return context.json(await collect(messages));
    context.header('content-type', 'application/x-ndjson; charset=utf-8');
    context.header('cache-control', 'no-store');
    return stream(context, async (body) => {
      const say = (message: object) => body.write(`${JSON.stringify(message)}\n`);
      try {
        for await (const message of messages) await say(message);
      } catch (error) {
        const problem = toProblem(error);
        if (problem.status >= 500) onError(error, { path: context.req.path, correlationId });
        await say({ type: 'error', problem });
      }
    });
  });
}

function wantsOneDocument(accept = ''): boolean {
  return accept.includes('application/json');
}

async function collect(messages: AsyncIterable<AskMessage>): Promise<WholeAnswer> {
  const answer: WholeAnswer = { answer: null, kind: null, parts: [], citations: [], closest: [] };
  for await (const message of messages) add(answer, message);
  if (answer.parts.length > 0) answer.answer = answer.parts.map(({ text }) => text).join(' ');
  return answer;
}

function add(answer: WholeAnswer, message: AskMessage): void {
  switch (message.type) {
    case 'searching':
      return;
    case 'citation': {
      const { type: _type, ...citation } = message;
      answer.citations.push(citation);
      return;
    }
    case 'text':
      answer.parts.push({ text: message.text, citations: message.citations });
      return;
    case 'done':
      answer.kind = message.kind;
      return;
    case 'no-answer':
      answer.closest = message.closest;
  }
}
