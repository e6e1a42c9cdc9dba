import { type HmacLinks, openLinked, type Parts, storeLinked } from '@synap/core';
import type { Context, Hono } from 'hono';
import type { ServedRequest } from '../app.ts';
import { streamBody } from '../request/read-body.ts';
import { answerFile } from './answer-file.ts';

/** Where signed links to this server lead. */
export const LINKS_PATH = '/files';

/** Content by signed links, for whoever has one: nobody signs in here, the signature is all that counts. */
export function serveLinks(
  app: Hono<ServedRequest>,
  { parts, ownLinks: links }: { parts: Parts; ownLinks: HmacLinks },
): void {
  app.get(`${LINKS_PATH}/*`, async (context) => {
    const { name: checksum, ...content } = await openLinked(parts, links, linkOf(context));
    const isPassive = content.contentDisposition.startsWith('inline');
    return answerFile(context.req.raw, { ...content, checksum, isPassive });
  });

  app.put(`${LINKS_PATH}/*`, async (context) => {
    const content = streamBody(context.req.raw);
    const { name } = await storeLinked(parts, links, { ...linkOf(context), content });
    return context.body(null, 200, { etag: `"${name}"` });
  });
}

/** A path of a stored object needs no encoding, so nothing is decoded: a path that is spelled otherwise is another. */
function linkOf(context: Context<ServedRequest>): { path: string; query: URLSearchParams } {
  const { pathname, searchParams } = new URL(context.req.url);
  return { path: pathname.slice(LINKS_PATH.length + 1), query: searchParams };
}
