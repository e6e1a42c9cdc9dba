import { setTimeout as delay } from 'node:timers/promises';
import type { AppRouter, Problem } from '@synap/api';
import {
  createTRPCClient,
  httpBatchStreamLink,
  httpLink,
  splitLink,
  type TRPCClient,
  TRPCClientError,
} from '@trpc/client';
import { NoAnswer, Refused } from './command-failed.ts';

/** How long a limit of the server's is waited for. */
const PATIENCE_SECONDS = 120;

/** Sends a request to a Synap server, on the network or in this very process. */
export type Transport = (request: Request) => Promise<Response>;

/** Each thing that a server relies on, and whether it works. */
export interface Readiness {
  status: 'ok' | 'degraded' | 'failed';
  dependencies: Record<string, { status: 'ok' | 'degraded' | 'failed'; detail: string }>;
}

/** A signed-in connection to a Synap. */
export interface Client {
  /** The API, typed from the server's own router. */
  readonly api: TRPCClient<AppRouter>;
  /**
   * Sends a request as this client; `path` is below the server's URL.
   * @throws {NoAnswer} if there is none, or the server itself failed.
   * @throws {Refused} if the server refuses it.
   */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** The file itself. */
  readContent(id: string): Promise<Uint8Array>;
  /** What `/health/ready` says. */
  readReadiness(): Promise<Readiness>;
  /** Resolves when what was sent so far is searchable; only where the store is open in this process. */
  readonly settle: (() => Promise<void>) | null;
  readonly url: string;
  close(): Promise<void>;
}

/** What a call may say beside its input: pass as tRPC's `context`. */
export interface CallContext {
  readonly idempotencyKey?: string;
  readonly correlationId?: string;
  /** The answer comes message by message, while the work goes on. */
  readonly isLong?: boolean;
}

/** A client over a transport. */
export function createClient(options: {
  url: string;
  apiKey: string;
  transport: Transport;
  settle: (() => Promise<void>) | null;
  close: () => Promise<void>;
}): Client {
  const { url, apiKey, transport, settle, close } = options;
  const authorization = `Bearer ${apiKey}`;
  const send = (address: string, init?: RequestInit): Promise<Response> =>
    patiently(() => reach(url, transport, new Request(address, init)), { canRepeat: !isStream(init?.body) });
  const http = {
    url: `${url}/trpc`,
    // tRPC describes `fetch` with a wider type of input than it ever passes.
    fetch: (input: unknown, init?: unknown) => send(input as string, init as RequestInit),
  };
  const api = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ context }) => (context as CallContext).isLong === true,
        true: httpBatchStreamLink({ ...http, headers: { authorization } }),
        false: httpLink({
          ...http,
          headers: ({ op }) => {
            const { idempotencyKey, correlationId } = op.context as CallContext;
            return {
              authorization,
              ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
              ...(correlationId === undefined ? {} : { 'x-correlation-id': correlationId }),
            };
          },
        }),
      }),
    ],
  });
  const request: Client['request'] = async (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', authorization);
    const response = await send(`${url}${path}`, { ...init, headers });
    if (response.ok) return response;
    throw await failureOf(response);
  };
  return {
    api,
    url,
    settle,
    close,
    request,
    readReadiness: async () => {
      const response = await reach(url, transport, new Request(`${url}/health/ready`));
      return (await response.json()) as Readiness;
    },
    readContent: async (id) => {
      const response = await request(`/api/v1/entities/${encodeURIComponent(id)}/content`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

async function failureOf(response: Response): Promise<Error> {
  const { status } = response;
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json') && text !== '';
  const { detail, message } = isJson ? (JSON.parse(text) as Partial<Problem> & { message?: string }) : {};
  const words = detail ?? message ?? `The server answered ${status}.`;
  return status >= 500 ? new NoAnswer(words) : new Refused(status, words);
}

/** What a person is told of a failed call. */
export function describeFailure(error: unknown): string {
  if (error instanceof TRPCClientError) return error.message;
  return error instanceof Error ? error.message : String(error);
}

/** Whoever asks too much at a time is told when to come back, and does. */
async function patiently(ask: () => Promise<Response>, { canRepeat }: { canRepeat: boolean }): Promise<Response> {
  const response = await ask();
  const waitSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  if (response.status !== 429 || !canRepeat || !(waitSeconds <= PATIENCE_SECONDS)) return response;
  await delay(waitSeconds * 1000);
  return patiently(ask, { canRepeat });
}

/** What is read once can be sent once. */
function isStream(body: RequestInit['body']): boolean {
  return body !== undefined && body !== null && typeof body !== 'string';
}

async function reach(url: string, transport: Transport, request: Request): Promise<Response> {
  try {
    return await transport(request);
  } catch (error) {
    const reason =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : describeFailure(error);
    throw new NoAnswer(`There is no answer from ${url}: ${reason}. Is the server running, and is the address right?`);
  }
}
