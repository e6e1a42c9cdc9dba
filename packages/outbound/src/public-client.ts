import { lookup } from 'node:dns/promises';
import type { Agent, fetch, request } from 'undici';
import { isPublicAddress } from './public-address.ts';
import { permittedLookup, type Resolve } from './public-lookup.ts';

export interface PublicClientOptions {
  /** Finds the addresses of a name; the system's own way if left out. */
  readonly resolve?: Resolve;
  /** Whether an address may be connected to; public ones if left out. */
  readonly isPermitted?: (address: string, hostname: string) => boolean;
}

/** An HTTP client that connects to permitted addresses only. */
export interface PublicClient {
  readonly isPermitted: (address: string, hostname: string) => boolean;
  open(): Promise<{ agent: Agent; fetch: typeof fetch; request: typeof request }>;
  close(): Promise<void>;
}

/** The library is loaded by the first request: most starts make none. */
export function createPublicClient({
  resolve = (hostname) => lookup(hostname, { all: true }),
  isPermitted = isPublicAddress,
}: PublicClientOptions = {}): PublicClient {
  let agent: Agent | null = null;
  return {
    isPermitted,
    open: async () => {
      const { Agent, fetch, request } = await import('undici');
      // A connection is for one request: none lies about that was checked long ago.
      agent ??= new Agent({ connect: { lookup: permittedLookup(resolve, isPermitted) }, pipelining: 0 });
      return { agent, fetch, request };
    },
    close: async () => agent?.destroy(),
  };
}
