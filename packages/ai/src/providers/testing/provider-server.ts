import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';

/*
 * A server on this machine that speaks the published formats of model providers: Anthropic's messages, OpenAI's
 * responses, and the chat completions and embeddings that many servers speak. It proves what goes over the wire, and
 * what is made of each answer; not that a provider's own server, or its model, would answer so.
 */

export type Protocol = 'anthropic' | 'openai' | 'openai-compatible';

/** What is answered to one request. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** `hangs` never answers; `breaks off` cuts the connection in the middle of the body. */
  readonly fault?: 'hangs' | 'breaks off';
}

export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: tests read requests as their receiver does
  readonly body: any;
}

export interface ProviderServer {
  /** With the version, as it is configured. */
  readonly url: string;
  readonly requests: SeenRequest[];
  /** How requests are answered from now on. */
  answerWith(answer: (request: SeenRequest, index: number) => Reply | Promise<Reply>): void;
  close(): Promise<void>;
}

export async function startProviderServer(): Promise<ProviderServer> {
  const requests: SeenRequest[] = [];
  let answer: (request: SeenRequest, index: number) => Reply | Promise<Reply> = () => ({ status: 500, body: '' });
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = { path: incoming.url ?? '', headers: incoming.headers, body: await readBody(incoming) };
    requests.push(request);
    const { status = 200, headers, body, fault } = await answer(request, requests.length - 1);
    if (fault === 'hangs') return;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    if (fault !== 'breaks off') response.end(body);
    else response.write(body.slice(0, body.length / 2), () => response.destroy());
  };
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    answerWith: (next) => {
      requests.length = 0;
      answer = next;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readBody(incoming: IncomingMessage): Promise<unknown> {
  const type = incoming.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return JSON.parse(await text(incoming));
  const bytes = new Uint8Array(await buffer(incoming));
  return Object.fromEntries(await new Response(bytes, { headers: { 'content-type': type } }).formData());
}

/** What was heard, as a provider's server sends it. */
export function transcriptReply(said: readonly string[]): Reply {
  const heard = { seek: 0, tokens: [1], temperature: 0, avg_logprob: -0.1, compression_ratio: 1, no_speech_prob: 0.01 };
  const segments = said.map((text, id) => ({ ...heard, id, text, start: id * 30, end: id * 30 + 29 }));
  const body = { task: 'transcribe', language: 'english', duration: 60, text: said.join(' '), segments };
  return { body: JSON.stringify(body) };
}

/** What a model answers that is asked to analyse a capture, in the form that it is asked for. */
export const AN_ANALYSIS = {
  type: 'idea',
  typeConfidence: 0.97,
  title: 'A title that only the model gives',
  titleConfidence: 0.9,
  due: null,
  recurrence: null,
  tags: [],
  people: [],
};

/** What a model says, as its provider's server sends it. */
export function aReply(
  protocol: Protocol,
  said: string,
  { isStream = false, isRefused = false }: { isStream?: boolean; isRefused?: boolean } = {},
): Reply {
  if (!isStream) return { body: JSON.stringify(WHOLE[protocol](said, isRefused)) };
  const headers = { 'content-type': 'text/event-stream' };
  return { headers, body: STREAM[protocol](said, isRefused).join('') };
}

/** Vectors, as a provider's server sends them. */
export function vectorsReply(vectors: readonly (readonly number[])[]): Reply {
  const data = vectors.map((embedding, index) => ({ object: 'embedding', index, embedding }));
  return { body: JSON.stringify({ object: 'list', data, usage: { prompt_tokens: 4, total_tokens: 4 } }) };
}

const USAGE = { input_tokens: 12, output_tokens: 5 };
const CHAT_USAGE = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };

const WHOLE: Record<Protocol, (said: string, isRefused: boolean) => unknown> = {
  anthropic: (said, isRefused) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [{ type: 'text', text: said }],
    stop_reason: isRefused ? 'refusal' : 'end_turn',
    stop_sequence: null,
    usage: USAGE,
  }),
  openai: (said, isRefused) => ({
    id: 'resp_1',
    object: 'response',
    created_at: 0,
    model: 'gpt',
    status: isRefused ? 'incomplete' : 'completed',
    incomplete_details: isRefused ? { reason: 'content_filter' } : null,
    output: [
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: said, annotations: [] }],
      },
    ],
    usage: USAGE,
  }),
  'openai-compatible': (said, isRefused) => ({
    id: 'chat_1',
    object: 'chat.completion',
    created: 0,
    model: 'local',
    choices: [
      { index: 0, message: { role: 'assistant', content: said }, finish_reason: isRefused ? 'content_filter' : 'stop' },
    ],
    usage: CHAT_USAGE,
  }),
};

const named = (event: { type: string }): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

const STREAM: Record<Protocol, (said: string, isRefused: boolean) => string[]> = {
  anthropic: (said, isRefused) => {
    const start = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude', content: [], usage: USAGE };
    const delta = { stop_reason: isRefused ? 'refusal' : 'end_turn', stop_sequence: null };
    return [
      { type: 'message_start', message: { ...start, stop_reason: null, stop_sequence: null } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      ...halves(said).map((part) => ({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text: part },
      })),
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta, usage: USAGE },
      { type: 'message_stop' },
    ].map(named);
  },
  openai: (said, isRefused) => {
    const response = { id: 'resp_1', object: 'response', created_at: 0, model: 'gpt', output: [] };
    const item = { id: 'msg_1', type: 'message', role: 'assistant', content: [] };
    const end = isRefused
      ? { type: 'response.incomplete', incomplete_details: { reason: 'content_filter' } }
      : { type: 'response.completed', incomplete_details: null };
    return [
      { type: 'response.created', response },
      { type: 'response.output_item.added', output_index: 0, item },
      ...halves(said).map((delta) => ({
        type: 'response.output_text.delta',
        item_id: 'msg_1',
        output_index: 0,
        content_index: 0,
        delta,
      })),
      { type: 'response.output_item.done', output_index: 0, item },
      { type: end.type, response: { ...response, incomplete_details: end.incomplete_details, usage: USAGE } },
    ].map(named);
  },
  'openai-compatible': (said, isRefused) => {
    const chunk = (choice: object, usage: object = {}) =>
      `data: ${JSON.stringify({ id: 'chat_1', object: 'chat.completion.chunk', created: 0, model: 'local', choices: [{ index: 0, ...choice }], ...usage })}\n\n`;
    return [
      ...halves(said).map((content) => chunk({ delta: { role: 'assistant', content }, finish_reason: null })),
      chunk({ delta: {}, finish_reason: isRefused ? 'content_filter' : 'stop' }, { usage: CHAT_USAGE }),
      'data: [DONE]\n\n',
    ];
  },
};

function halves(said: string): [string, string] {
  const middle = said.length >> 1;
  return [said.slice(0, middle), said.slice(middle)];
}
