import { setTimeout as delay } from 'node:timers/promises';
import type { EventFeed, FeedPage } from '@synap/core';
import { ValidationFailed } from '@synap/domain';
import type { Hono } from 'hono';
import type { ServedRequest } from '../app.ts';
import { authorize } from '../request/authorize.ts';
import type { Authenticator } from '../request/session.ts';
import { feedFilter, feedInput, positionSchema } from './feed-input.ts';
import { readAsStream } from './read-as-stream.ts';

/** How a stream is kept, in milliseconds. */
export interface FeedTimes {
  /** How often something is said on a stream where nothing happens; whoever listens is asked for their key as often. */
  readonly heartbeatMs: number;
  /** How long a reader may take for what was sent before it is cut off. */
  readonly stalledMs: number;
}

export const FEED_TIMES: FeedTimes = { heartbeatMs: 15_000, stalledMs: 30_000 };

/**
 * `GET /api/v1/events/stream`: the caller's events as server-sent events (WHATWG HTML, 9.2). The id of each is its position:
 * with `Last-Event-ID`, which browsers send by themselves, or `after`, it goes on behind it; without, it begins now. A
 * heartbeat moves the id as well, past events that did not fit the filter.
 */
export function serveFeed(
  app: Hono<ServedRequest>,
  { feed, authenticator, times }: { feed: EventFeed; authenticator: Authenticator; times: FeedTimes },
): void {
  app.get('/api/v1/events/stream', async (context) => {
    const { userId, actor } = await authorize(context.var.request, { scope: 'read' });
    const input = feedInput.parse(context.req.query());
    const after = lastPosition(context.req.header('last-event-id')) ?? input.after ?? null;
    const ended = new AbortController();
    const signal = AbortSignal.any([context.req.raw.signal, ended.signal]);
    const pages = feed.follow(userId, { after, filter: feedFilter(input), signal });
    // The first page is read before anything is answered, so that a failure still has a status.
    const first = await pages.next();
    const { headers } = context.req.raw;
    const isStillWelcome = async (): Promise<boolean> => {
      const session = await authenticator.authenticate(headers);
      return session?.userId === userId && session.actor.id === actor.id;
    };
    const words = sayPages(first, pages, { heartbeatMs: times.heartbeatMs, isStillWelcome, signal });
    context.header('content-type', 'text/event-stream; charset=utf-8');
    context.header('cache-control', 'no-store');
    // Proxies that gather answers would hold back what is to be seen at once.
    context.header('x-accel-buffering', 'no');
    const onEnd = (): void => {
      ended.abort();
      // Where it stands still between two pages, it hears of no signal. Of what fails now nobody is left to hear.
      pages.return(undefined).catch(() => undefined);
    };
    return context.body(readAsStream(words, { stalledMs: times.stalledMs, onEnd }));
  });
}

/** Pages as they come, and a heartbeat whenever none has come for a while. */
async function* sayPages(
  first: IteratorResult<FeedPage>,
  pages: AsyncGenerator<FeedPage>,
  {
    heartbeatMs,
    isStillWelcome,
    signal,
  }: { heartbeatMs: number; isStillWelcome: () => Promise<boolean>; signal: AbortSignal },
): AsyncGenerator<string> {
  if (first.done === true) return;
  let { upTo } = first.value;
  // Whoever is cut off before anything happens knows where to go on, too.
  yield `: listening\n\n${sayPage(first.value)}id: ${upTo}\n\n`;
  let next = nextPage(pages);
  while (!signal.aborted) {
    const beat = new AbortController();
    const result = await Promise.race([next, heartbeat(heartbeatMs, beat.signal)]);
    beat.abort();
    if (result === null) {
      if (!(await isStillWelcome())) return;
      yield `: heartbeat\nid: ${upTo}\n\n`;
    } else if (result.done === true) {
      return;
    } else {
      ({ upTo } = result.value);
      next = nextPage(pages);
      if (result.value.events.length > 0) yield sayPage(result.value);
    }
  }
}

/** Whoever waits for the page hears why there is none; a listener that has gone meanwhile does not, and needs not. */
function nextPage(pages: AsyncGenerator<FeedPage>): Promise<IteratorResult<FeedPage>> {
  const next = pages.next();
  next.catch(() => undefined);
  return next;
}

async function heartbeat(afterMs: number, signal: AbortSignal): Promise<null> {
  await delay(afterMs, null, { signal, ref: false }).catch(() => null);
  return null;
}

function sayPage({ events }: FeedPage): string {
  return events
    .map((event) => `id: ${event.position}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join('');
}

function lastPosition(lastEventId: string | undefined): bigint | null {
  if (lastEventId === undefined || lastEventId === '') return null;
  const position = positionSchema.safeParse(lastEventId);
  if (position.success) return position.data;
  throw new ValidationFailed([{ field: 'Last-Event-ID', message: 'the id of an event of this stream' }]);
}
