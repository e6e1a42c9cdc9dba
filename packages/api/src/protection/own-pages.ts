/**
 * A browser sends a cookie with whatever request any page makes it send. So a request that changes something, and that
 * is signed in by cookie or is about to be, must come from a page of this server, which the browser says in `Origin`
 * (Fetch Standard) and `Sec-Fetch-Site` (Fetch Metadata); programs that are no browsers say neither, and nobody can make
 * them send a cookie.
 *
 * That the page has the same host as the request proves it only where the host is an address: a name can be made to point
 * here by whoever owns it, and its pages would be this server's. A name must be configured.
 */
import { isIP } from 'node:net';
import { Forbidden } from '@synap/domain';

/** Which pages are this server's, or as good as. */
export interface OwnPages {
  /** Where people reach this server, if that is configured. */
  readonly publicOrigin: string | null;
  /** Other origins whose pages may do what this server's own may. */
  readonly trustedOrigins: readonly string[];
}

/**
 * @param request one that a browser may have sent by itself.
 * @throws {Forbidden} if it changes something and comes from a page of another origin.
 */
export function refuseForeignPages({ method, headers, url }: Request, own: OwnPages): void {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return;
  const origin = headers.get('origin');
  if (origin === null) {
    const site = headers.get('sec-fetch-site');
    if (site === null || site === 'same-origin' || site === 'none') return;
  } else if (isOwn(origin, url, own)) return;
  throw new Forbidden(
    'This comes from a page of another origin. If it is yours, set BETTER_AUTH_URL to the address of this server, or name the page’s origin in SYNAP_CORS_ORIGINS.',
  );
}

function isOwn(origin: string, url: string, { publicOrigin, trustedOrigins }: OwnPages): boolean {
  if (origin === publicOrigin || trustedOrigins.includes(origin)) return true;
  const reached = new URL(url);
  return origin === reached.origin && isAddress(reached.hostname);
}

function isAddress(hostname: string): boolean {
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}
