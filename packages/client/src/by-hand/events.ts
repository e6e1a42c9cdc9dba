/*
 * The live feed: server-sent events (WHATWG HTML, 9.2) by `fetch`, since `EventSource` sends no key. The id of the last
 * event, and of the heartbeats between, says where to go on after a connection is lost: so nothing is missed or given
 * twice. A connection that says nothing for three heartbeats is lost, too. The usual parsers drop the id of a message
 * without data, which is what a heartbeat is.
 */
import type { Synap } from '../create-synap.ts';
import type { Input, Schemas } from '../operation-types.ts';
import { ProblemError, problemOf } from '../problem-error.ts';
import { readLines } from '../read-lines.ts';
import { backoffMs, isWorthRepeating, wait } from '../retrying-fetch.ts';

export interface SubscribeOptions {
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** After how long without a word a connection counts as lost. */
  readonly silenceMs?: number;
}

/** The server says something every 15 seconds. */
const SILENCE_MS = 45_000;

/**
 * The events of the signed-in user as they happen, for as long as they are read; behind `after`, or from now on.
 *
 * @example
 * for await (const event of events.subscribe(synap, { type: 'entity.created' })) console.log(event.description);
 *
 * @throws {ProblemError} if the server refuses, as it does when the key is revoked.
 */
export async function* subscribe(
  synap: Synap,
  { after, ...filter }: Input<'events.subscribe'> = {},
  { signal = new AbortController().signal, silenceMs = SILENCE_MS }: SubscribeOptions = {},
): AsyncGenerator<Schemas['Event']> {
  let position = after;
  let failures = 0;
  while (!signal.aborted) {
    const query = new URLSearchParams({ ...filter, ...(position === undefined ? {} : { after: position }) });
    const request = synap.request(`/api/v1/events/stream?${query}`, { signal });
    let delayMs = 0;
    try {
      for await (const { id, event } of listen(synap, request, silenceMs)) {
        failures = 0;
        position = id ?? position;
        if (event !== null) yield event;
      }
    } catch (error) {
      delayMs = delayAfter(error);
    }
    failures += 1;
    await wait(Math.max(delayMs, backoffMs(failures, synap.retries)), signal).catch(() => undefined);
  }
}

/**
 * How long the server wants to be left alone, after what is no reason to give up: a connection that was lost or not made.
 * @throws what is one.
 */
function delayAfter(error: unknown): number {
  if (!(error instanceof ProblemError)) return 0;
  if (!isWorthRepeating(error.status)) throw error;
  return (error.problem.retryAfterSeconds ?? 0) * 1000;
}

/** The messages of one connection, until it is lost. */
async function* listen(synap: Synap, request: Request, silenceMs: number): AsyncGenerator<Message> {
  const silence = watchSilence(silenceMs);
  try {
    const signal = AbortSignal.any([request.signal, silence.signal]);
    const response = await synap.fetch(new Request(request, { signal }));
    if (!response.ok) throw await problemOf(response);
    yield* readMessages(response, silence.hear);
  } finally {
    silence.stop();
  }
}

interface Message {
  readonly id: string | null;
  /** `null` of a heartbeat. */
  readonly event: Schemas['Event'] | null;
}

/** The messages of a stream; whatever is said, it is not silent. */
async function* readMessages({ body }: Response, heard: () => void): AsyncGenerator<Message> {
  if (body === null) return;
  let id: string | null = null;
  let data = '';
  for await (const line of readLines(body)) {
    heard();
    if (line.startsWith('id: ')) id = line.slice('id: '.length);
    if (line.startsWith('data: ')) data += line.slice('data: '.length);
    if (line !== '') continue;
    if (id !== null || data !== '') yield { id, event: data === '' ? null : JSON.parse(data) };
    id = null;
    data = '';
  }
}

/** Aborts its signal when it was silent for so long. */
function watchSilence(silenceMs: number): { signal: AbortSignal; hear: () => void; stop: () => void } {
  const controller = new AbortController();
  const start = () => setTimeout(() => controller.abort(new Error('The server says nothing.')), silenceMs);
  let timer = start();
  const stop = (): void => clearTimeout(timer);
  const hear = (): void => {
    stop();
    timer = start();
  };
  return { signal: controller.signal, hear, stop };
}
