/**
 * Fetches what is public, for somebody who may have named anything.
 *
 * Every address is checked between its resolution and the connection, which then goes to that very address while the
 * name stays in `Host` and in TLS; so neither a name that leads inside nor one that changes its answer gets anything
 * from there. Redirects are followed here and not by the library, each held to the same rules. Bytes are counted as they
 * come out of any compression, and time runs for all of it, from the first name to the last byte.
 */
import { type SynapError, TooLarge, Unavailable, Unprocessable, UnsupportedType } from '@synap/domain';
import type { Response } from 'undici';
import { failureOf } from './failure-of.ts';
import { createPublicClient, type PublicClientOptions } from './public-client.ts';
import { readPublicUrl } from './public-url.ts';

/** How much may be taken in. */
export interface FetchLimits {
  /** Of the content, as it comes out of any compression. */
  readonly maxBytes: number;
  /** The media types that are wanted; an answer that names none is let through, since its bytes may say. */
  readonly mediaTypes: readonly string[];
  /** For all of it, the content too; half a minute if left out. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What was found, before its content is read. */
export interface FetchedContent {
  /** Where it was found in the end. */
  readonly url: string;
  /** As the answer names it, with its parameters; empty if it does not. */
  readonly contentType: string;
  /**
   * To be read once, or not at all.
   * @throws {TooLarge} as soon as it is longer than allowed.
   * @throws {Unavailable} if it breaks off, or takes too long.
   */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Reads from public addresses. */
export interface PublicFetcher {
  /**
   * @throws {ValidationFailed} if it is no URL that may be fetched.
   * @throws {Unprocessable} if it leads to an address that is not public, in circles, or to a refusal.
   * @throws {UnsupportedType} if it is nothing of what is wanted.
   * @throws {Unavailable} if there is no answer for now: another time there may be one.
   */
  fetch(url: string, limits: FetchLimits): Promise<FetchedContent>;
  close(): Promise<void>;
}

const REDIRECTS_MAX = 5;
const DEFAULT_TIMEOUT_MS = 30_000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Statuses after which the same request may go well. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);
const USER_AGENT = 'Mozilla/5.0 (compatible; Synap; keeps a page for one reader)';

export function createPublicFetcher(options: PublicClientOptions = {}): PublicFetcher {
  const client = createPublicClient(options);
  const { isPermitted } = client;

  const follow = async (text: string, limits: FetchLimits & { signal: AbortSignal }): Promise<FetchedContent> => {
    const { agent, fetch } = await client.open();
    let url = text;
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
      const { hostname, href } = readPublicUrl(url, { isPermitted: (address) => isPermitted(address, address) });
      const response = await orFailure(
        hostname,
        fetch(href, {
          dispatcher: agent,
          redirect: 'manual',
          signal: limits.signal,
          headers: { accept: [...limits.mediaTypes, '*/*;q=0.1'].join(', '), 'user-agent': USER_AGENT },
        }),
      );
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
      if (location === null) return accepted(response, { hostname, href, limits });
      await discard(response);
      url = URL.canParse(location, href) ? new URL(location, href).href : location;
    }
    throw new Unprocessable(`The page leads on more than ${REDIRECTS_MAX} times, so it is not fetched.`);
  };

  return {
    fetch: async (url, limits) => {
      const time = AbortSignal.timeout(limits.timeoutMs ?? DEFAULT_TIMEOUT_MS);
      const signal = limits.signal === undefined ? time : AbortSignal.any([limits.signal, time]);
      try {
        return await follow(url, { ...limits, signal });
      } catch (error) {
        limits.signal?.throwIfAborted();
        throw error;
      }
    },
    close: client.close,
  };
}

async function accepted(
  response: Response,
  { hostname, href, limits }: { hostname: string; href: string; limits: FetchLimits },
): Promise<FetchedContent> {
  const contentType = response.headers.get('content-type') ?? '';
  const refusal = refusalOf(response, { hostname, contentType, limits });
  if (refusal === null)
    return { url: href, contentType, content: bounded(response, { hostname, maxBytes: limits.maxBytes }) };
  await discard(response);
  throw refusal;
}

function refusalOf(
  { status, ok }: Response,
  { hostname, contentType, limits }: { hostname: string; contentType: string; limits: FetchLimits },
): SynapError | null {
  if (status >= 500 || PASSING.has(status)) return new Unavailable(hostname, `${hostname} answered with ${status}.`);
  if (!ok) return new Unprocessable(`${hostname} answered with ${status}.`);
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (mediaType === '' || limits.mediaTypes.includes(mediaType)) return null;
  return new UnsupportedType(
    `What is there is ${mediaType}. Of addresses, these are kept: ${limits.mediaTypes.join(', ')}.`,
  );
}

async function* bounded(
  { body }: Response,
  { hostname, maxBytes }: { hostname: string; maxBytes: number },
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  let sizeBytes = 0;
  try {
    for await (const part of body) {
      sizeBytes += part.byteLength;
      if (sizeBytes > maxBytes) throw new TooLarge(maxBytes);
      yield part;
    }
  } catch (error) {
    throw failureOf(hostname, error);
  }
}

/** Nothing of it is read: the connection is closed instead. */
async function discard({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => undefined);
}

async function orFailure<Result>(hostname: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw failureOf(hostname, error);
  }
}
