import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import type { ServedRequest } from '../app.ts';
import { createDocument, DOCUMENT_PATH } from './document.ts';

/** `GET /api/openapi.json`: what there is, for programs. It is made when it is first asked for. */
export function serveDocument(app: Hono<ServedRequest>, { publicOrigin }: { publicOrigin: string | null }): void {
  const made = new Map<string, { text: string; etag: string }>();
  app.get(DOCUMENT_PATH, (context) => {
    const serverUrl = publicOrigin ?? new URL(context.req.url).origin;
    let document = made.get(serverUrl);
    if (document === undefined) {
      const text = JSON.stringify(createDocument({ serverUrl }));
      document = { text, etag: `"${createHash('sha256').update(text).digest('hex')}"` };
      // Whoever reaches this server under ever new names fills nothing.
      made.clear();
      made.set(serverUrl, document);
    }
    const { text, etag } = document;
    const headers = { etag, 'cache-control': 'no-cache' };
    if (context.req.header('if-none-match') === etag) return context.body(null, 304, headers);
    return context.body(text, 200, { ...headers, 'content-type': 'application/json; charset=utf-8' });
  });
}
