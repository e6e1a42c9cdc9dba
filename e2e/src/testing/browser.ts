import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where Debian and others put Chromium. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The Chromium of this machine; `null` if it has none. */
export function findChromium(): string | null {
  return PLACES.find((path) => existsSync(path)) ?? null;
}

export interface PageServer {
  readonly origin: string;
  close(): Promise<void>;
}

const CLIENT = new URL('../../../packages/client/dist/', import.meta.url);
const OPENAPI_FETCH = new URL(import.meta.resolve('openapi-fetch'));
/** A page that has the SDK as browsers load modules, without anything that bundles them. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>Somebody's page</title>
<script type="importmap">{"imports": {"@synap/client": "/client/index.js", "openapi-fetch": "/openapi-fetch.js"}}</script>
<script type="module">import * as sdk from '@synap/client'; globalThis.sdk = sdk;</script>`;

/** Serves a page of an origin of its own, and the SDK as it was built. */
export async function servePage(): Promise<PageServer> {
  const read = async (path: string): Promise<{ type: string; content: string | Buffer } | null> => {
    if (path === '/') return { type: 'text/html', content: PAGE };
    if (path === '/favicon.ico') return { type: 'image/x-icon', content: '' };
    if (path === '/openapi-fetch.js')
      return { type: 'text/javascript', content: await readFile(fileOf(OPENAPI_FETCH)) };
    const module = /^\/client\/((?:[\w-]+\/)*[\w-]+\.js)$/.exec(path)?.[1];
    if (module === undefined) return null;
    return { type: 'text/javascript', content: await readFile(fileURLToPath(new URL(module, CLIENT))) };
  };
  const server = createServer((request, response) => {
    read(request.url ?? '').then(
      (found) =>
        response
          .writeHead(found === null ? 404 : 200, { 'content-type': found?.type ?? 'text/plain' })
          .end(found?.content),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => (error === undefined ? resolve() : reject(error)));
      }),
  };
}

/** The build for browsers, whichever of them is resolved here. */
function fileOf(url: URL): string {
  const path = fileURLToPath(url);
  return extname(path) === '.cjs' ? path.replace(/\.cjs$/, '.mjs') : path;
}
