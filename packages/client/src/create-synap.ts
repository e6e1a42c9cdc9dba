import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './generated/api.ts';
import { DEFAULT_RETRIES, fetchRetrying, type RetryOptions } from './retrying-fetch.ts';

export interface SynapOptions {
  /** Where the server is, such as `http://127.0.0.1:4000`; in a browser it may be left out for the page's own. */
  readonly url?: string;
  /** An API key; without one, a browser sends its session's cookie. */
  readonly apiKey?: string;
  /** Sends requests; left out, `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  readonly retries?: Partial<RetryOptions>;
}

/** A server, and who we are there: what every function is given first. */
export interface Synap {
  readonly url: string;
  /** The API by path and method, with typed parameters. */
  readonly rest: Client<paths>;
  /** A request as ourselves; `path` is below the server's URL. */
  readonly request: (path: string, init?: RequestInit) => Request;
  readonly fetch: typeof globalThis.fetch;
  readonly retries: RetryOptions;
}

/**
 * A connection to a Synap server.
 *
 * @example
 * const synap = createSynap({ url: 'http://127.0.0.1:4000', apiKey: 'synap_…' });
 * const { entity } = await notes.create(synap, { content: 'Feed the starter.' });
 */
export function createSynap(options: SynapOptions = {}): Synap {
  const { url = '', apiKey, fetch = globalThis.fetch.bind(globalThis) } = options;
  const retries = { ...DEFAULT_RETRIES, ...options.retries };
  const baseUrl = url.replace(/\/+$/, '');
  const credentials: Request['credentials'] = apiKey === undefined ? 'include' : 'omit';
  const authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const request = (path: string, init: RequestInit = {}): Request => {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(authorization)) headers.set(name, value);
    return new Request(`${baseUrl}${path}`, { ...init, headers, credentials });
  };
  return {
    url: baseUrl,
    request,
    fetch,
    retries,
    rest: createClient<paths>({
      baseUrl,
      credentials,
      headers: authorization,
      querySerializer: { array: { style: 'form', explode: false } },
      fetch: (made) => fetchRetrying(() => made.clone(), { fetch, retries }),
    }),
  };
}
