/**
 * Posts to where a person said, if that is public: by the rules of `public-fetcher.ts`, with two of its own. No redirect
 * is followed, for what was signed for one place is nobody else's; and of the answer no more is read than its beginning.
 */
import type { Dispatcher } from 'undici';
import { failureOf } from './failure-of.ts';
import { createPublicClient, type PublicClientOptions } from './public-client.ts';
import { readPublicUrl } from './public-url.ts';

export interface PublicPost {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For all of it, the beginning of the answer too. */
  readonly timeoutMs: number;
  readonly answerMaxBytes: number;
  readonly signal?: AbortSignal;
}

/** An answer, whatever it says. */
export interface PostAnswer {
  readonly status: number;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The first bytes of its content. */
  readonly start: Uint8Array;
}

/** Posts to public addresses. */
export interface PublicPoster {
  /**
   * @throws {ValidationFailed} if it is no URL that may be posted to.
   * @throws {Unprocessable} if it leads to an address that is not public; nothing is sent then.
   * @throws {Unavailable} if there is no answer, or none in time.
   */
  post(url: string, post: PublicPost): Promise<PostAnswer>;
  close(): Promise<void>;
}

const USER_AGENT = 'Synap-Webhooks/1';

export function createPublicPoster(options: PublicClientOptions = {}): PublicPoster {
  const client = createPublicClient(options);
  const { isPermitted } = client;
  return {
    post: async (url, { headers, body, timeoutMs, answerMaxBytes, signal: caller }) => {
      const { hostname, href } = readPublicUrl(url, { isPermitted: (address) => isPermitted(address, address) });
      const time = AbortSignal.timeout(timeoutMs);
      const signal = caller === undefined ? time : AbortSignal.any([caller, time]);
      const { agent, request } = await client.open();
      try {
        const answer = await request(href, {
          method: 'POST',
          dispatcher: agent,
          signal,
          headers: { 'user-agent': USER_AGENT, ...headers },
          body,
        });
        return {
          status: answer.statusCode,
          headers: answer.headers,
          start: await readStart(answer.body, answerMaxBytes),
        };
      } catch (error) {
        caller?.throwIfAborted();
        throw failureOf(hostname, error);
      }
    },
    close: client.close,
  };
}

/** No more than so many bytes; then the connection is closed. */
async function readStart(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of body) {
    parts.push(part);
    sizeBytes += part.byteLength;
    if (sizeBytes >= maxBytes) break;
  }
  return Buffer.concat(parts).subarray(0, maxBytes);
}
