import { setTimeout as delay } from 'node:timers/promises';
import type { EventView } from '@synap/core';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import colors from 'picocolors';
import type { Client } from '../client.ts';
import type { CommandEnvironment } from '../command.ts';
import { NoAnswer } from '../command-failed.ts';
import { localTime } from '../output.ts';

/*
 * What happens, as it happens.
 */

export interface TailOptions {
  /** A position of the log; left out, what comes from now on. */
  readonly after?: string;
  readonly type?: string;
  readonly of?: string;
  /** Ends after so many. */
  readonly count?: number;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** Nothing happens later. */
const END_OF_TIME = '9999-12-31T00:00:00Z';

/**
 * `synap events tail`: each event on a line, until Ctrl-C; with `--json` as one JSON document a line.
 * @throws {NoAnswer} if there is none at first; later it is waited for.
 */
export async function tailEvents({ client, output, isJson }: CommandEnvironment, options: TailOptions): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const onLost = (): void => output.message('The connection is lost; it is made again.');
  let left = options.count ?? Number.POSITIVE_INFINITY;
  try {
    for await (const event of followEvents(client, { ...options, signal: interrupted.signal, onLost })) {
      process.stdout.write(`${isJson ? JSON.stringify(event) : eventLine(event)}\n`);
      left -= 1;
      if (left === 0) return;
    }
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    interrupted.abort();
  }
}

/** Events as they come. A connection that breaks is made again, and goes on behind the last event that came. */
async function* followEvents(
  client: Client,
  options: TailOptions & { signal: AbortSignal; onLost: () => void },
): AsyncGenerator<EventView> {
  const { signal, onLost } = options;
  // Known before anything is awaited, so that nothing is missed should the connection break before the first event.
  let after = options.after ?? (await readPosition(client));
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      for await (const event of readStream(client, { ...options, after })) {
        yield event;
        after = event.position;
        waitMs = FIRST_WAIT_MS;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!mayPass(error)) throw error;
    }
    if (signal.aborted) return;
    onLost();
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
    waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
  }
}

/** Where the log stands: up to there nothing has happened that is still to come. */
async function readPosition({ api }: Client): Promise<string> {
  return (await api.events.list.query({ from: END_OF_TIME, limit: 1 })).nextCursor;
}

async function* readStream(
  client: Client,
  { after, type, of, signal }: TailOptions & { after: string; signal: AbortSignal },
): AsyncGenerator<EventView> {
  const query = new URLSearchParams({
    ...(type === undefined ? {} : { type }),
    ...(of === undefined ? {} : { aggregateId: of }),
  });
  const headers = { 'last-event-id': after };
  const { body } = await client.request(`/api/v1/events/stream?${query}`, { headers, signal });
  if (body === null) return;
  const messages = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { data } of messages) yield JSON.parse(data) as EventView;
}

/** Whether the same may go well later: not if the server has refused it. */
function mayPass(error: unknown): boolean {
  return error instanceof NoAnswer || error instanceof TypeError;
}

function eventLine({ timestamp, type, description, actor, position, aggregateId }: EventView): string {
  return [
    localTime(timestamp),
    colors.bold(type),
    description,
    colors.dim(`${actor.kind} ${position} ${aggregateId}`),
  ].join('  ');
}
