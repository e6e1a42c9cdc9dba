import type { Synap } from './create-synap.ts';
import { asProblemError, problemOf } from './problem-error.ts';
import { fetchRetrying } from './retrying-fetch.ts';

/** What a call may say beside its input. */
export interface ReadOptions {
  readonly signal?: AbortSignal;
}

export interface WriteOptions extends ReadOptions {
  /** The same key is the same write; left out, each call is one, however often it has to be sent. */
  readonly idempotencyKey?: string;
  /** A UUID of version 7 that makes many calls one, which is undone as one. */
  readonly correlationId?: string;
}

interface Sent {
  readonly signal?: AbortSignal;
  readonly headers?: Record<string, string>;
}

/** What a call that reads sends beside its input. */
export function reading({ signal }: ReadOptions): Sent {
  return signal === undefined ? {} : { signal };
}

/** What a call that writes sends beside its input. */
export function writing({
  idempotencyKey,
  correlationId,
  ...options
}: WriteOptions): Sent & Required<Pick<Sent, 'headers'>> {
  return {
    ...reading(options),
    headers: {
      'idempotency-key': idempotencyKey ?? crypto.randomUUID(),
      ...(correlationId === undefined ? {} : { 'x-correlation-id': correlationId }),
    },
  };
}

interface Answer<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * What was answered.
 * @throws {ProblemError} if the server refuses.
 */
export async function answerOf<Data>(answer: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await answer;
  if (data === undefined) throw asProblemError(error, response);
  return data;
}

/**
 * Sends a request whose body or answer is no JSON document, again where that helps.
 * @throws {ProblemError} if the server refuses.
 */
export async function send(synap: Synap, path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetchRetrying(() => synap.request(path, init), synap);
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** A body as JSON: what the API says that it is. */
export async function jsonOf<Data>(response: Response): Promise<Data> {
  return JSON.parse(await response.text());
}
