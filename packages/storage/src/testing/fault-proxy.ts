/**
 * An HTTP proxy in front of a real server that fails on demand: what a network and a server in trouble do to a client.
 * The `Host` is passed on as it came, so signed requests stay valid.
 */
import { once } from 'node:events';
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  type ServerResponse,
  request as sendRequest,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** What goes wrong with a request. */
export type Fault =
  /** The proxy answers itself with this status, as S3 does; the server sees nothing. */
  | { readonly kind: 'answer'; readonly status: 429 | 500 | 503 }
  /** The request is taken and never answered; the server sees nothing. */
  | { readonly kind: 'hang' }
  /** The connection is reset once so much of the request's body has come; the server gets a part of it. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** The server does as it is asked, and the connection is reset instead of its answer. */
  | { readonly kind: 'lose-answer' }
  /** The answer's body ends with a closed connection after so many bytes. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** The answer's body falls silent after so many bytes, and the connection stays. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** The answer's body comes in pieces of so many bytes, with pauses. */
  | { readonly kind: 'slow'; readonly pieceBytes: number; readonly pauseMs: number };

/** A request that came by. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
}

export interface FaultOptions {
  /** How many requests it befalls; all of them if left out. */
  readonly times?: number;
  readonly when?: (request: SeenRequest) => boolean;
}

export interface FaultProxy {
  /** The URL to use in place of the server's. */
  readonly url: string;
  /** Every request that has come so far. */
  readonly requests: readonly SeenRequest[];
  /** From now on the fault befalls the requests that it is for; the first of several that are for one. */
  inject(fault: Fault, options?: FaultOptions): void;
  /** How many connections to it are open. */
  connectionCount(): Promise<number>;
  /** No fault befalls any request from now on. */
  heal(): void;
  close(): Promise<void>;
}

interface Rule {
  readonly fault: Fault;
  readonly when: (request: SeenRequest) => boolean;
  left: number;
}

/** Starts a proxy on a free port. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let rules: Rule[] = [];
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const seen = { method: request.method ?? '', url: request.url ?? '' };
    requests.push(seen);
    const rule = rules.find(({ left, when }) => left > 0 && when(seen));
    if (rule !== undefined) rule.left -= 1;
    // A client or a server that goes away is what this is about; the other side is then told by a reset.
    const { socket } = request;
    const exchange = { request, response, target: new URL(target), fault: rule?.fault ?? null };
    handle(exchange).catch(() => socket.resetAndDestroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    requests,
    inject: (fault, { times = Number.POSITIVE_INFINITY, when = () => true } = {}) => {
      rules.push({ fault, when, left: times });
    },
    heal: () => {
      rules = [];
    },
    connectionCount: () => promisify(server.getConnections.bind(server))(),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('The proxy listens on no port.');
  return address.port;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: URL;
  readonly fault: Fault | null;
}

/** @throws where the connection is to be reset. */
async function handle({ request, response, target, fault }: Exchange): Promise<void> {
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'answer') return answerItself(request, response, fault.status);
  const passedOn = passOn(request, target);
  const answered: Promise<IncomingMessage[]> = once(passedOn, 'response');
  answered.catch(() => undefined);
  const bytesMax = fault?.kind === 'reset' ? fault.afterBytes : Number.POSITIVE_INFINITY;
  await sendBody(request, { to: passedOn, answered, bytesMax });
  const [answer] = await answered;
  if (answer === undefined) return;
  if (fault?.kind === 'lose-answer') {
    await answer.toArray();
    throw new Error('reset');
  }
  response.writeHead(answer.statusCode ?? 500, answer.rawHeaders).flushHeaders();
  await answerBody(answer, { request, response, fault });
}

function passOn(request: IncomingMessage, { hostname, port }: URL): ClientRequest {
  const { method, url } = request;
  // The proxy has let the client go on already, so the server need not.
  const { expect: _, connection: __, ...headers } = request.headers;
  const passedOn = sendRequest({
    hostname,
    port,
    ...(method && { method }),
    ...(url && { path: url }),
    headers,
    agent: false,
  });
  // Whoever waits for the answer is told; what breaks later breaks the answer's body.
  passedOn.on('error', () => undefined);
  return passedOn;
}

/** @throws once so many bytes have come. */
async function sendBody(
  request: IncomingMessage,
  { to, answered, bytesMax }: { to: ClientRequest; answered: Promise<unknown>; bytesMax: number },
): Promise<void> {
  let sent = 0;
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    sent += part.length;
    if (sent >= bytesMax) {
      to.destroy();
      throw new Error('reset');
    }
    if (!to.write(part)) await drained(to, answered);
  }
  to.end();
}

/** A server that has answered already may take no more. */
async function drained(to: ClientRequest, answered: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([once(to, 'drain', { signal: over.signal }), answered]);
  over.abort();
}

async function answerBody(answer: IncomingMessage, { request, response, fault }: Omit<Exchange, 'target'>) {
  const isCut = fault?.kind === 'truncate' || fault?.kind === 'stall';
  let left = isCut ? fault.afterBytes : Number.POSITIVE_INFINITY;
  for await (const part of fault?.kind === 'slow' ? slowly(answer, fault) : answer) {
    const piece = part.subarray(0, left);
    left -= piece.length;
    if (!response.write(piece)) await once(response, 'drain');
    if (left > 0) continue;
    answer.destroy();
    if (fault?.kind === 'truncate') request.socket.end();
    return;
  }
  response.end();
}

async function* slowly(
  answer: IncomingMessage,
  { pieceBytes, pauseMs }: { pieceBytes: number; pauseMs: number },
): AsyncGenerator<Buffer> {
  for await (const part of answer) {
    for (let start = 0; start < part.length; start += pieceBytes) {
      await pause(pauseMs);
      yield part.subarray(start, start + pieceBytes);
    }
  }
}

function answerItself(request: IncomingMessage, response: ServerResponse, status: 429 | 500 | 503): void {
  const code = { 429: 'TooManyRequests', 500: 'InternalError', 503: 'SlowDown' }[status];
  response.writeHead(status, { 'content-type': 'application/xml', connection: 'close' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>injected</Message></Error>`);
  request.resume();
}
