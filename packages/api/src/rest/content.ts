import { decodeText, readContent, updateContent } from '@synap/core';
import { EntityId, UnsupportedType } from '@synap/domain';
import type { Context, Hono } from 'hono';
import * as z from 'zod';
import type { ServedRequest } from '../app.ts';
import { parseJsonObject } from '../request/read-body.ts';
import { commandContext, requireScope } from '../request/request-context.ts';
import { contentSchema, expectedVersionSchema, revisionFields } from '../routers/inputs.ts';

const CONTENT_PATH = '/api/v1/entities/:id/content';

const revisionInput = z.strictObject(revisionFields);
const writeInput = z.strictObject({ content: contentSchema, expectedVersion: expectedVersionSchema });

/** The file itself, as its bytes: the two routes whose body is no JSON. */
export function serveContent(app: Hono<ServedRequest>): void {
  app.get(CONTENT_PATH, async (context) => {
    const request = context.var.request.context;
    const { userId } = requireScope(request, 'read');
    const revision = revisionInput.parse(context.req.query());
    const id = EntityId.parse(context.req.param('id'));
    const { file, bytes } = await readContent(request.parts, userId, { ...revision, id });
    const etag = `"${file.checksum}"`;
    const headers = { etag, 'cache-control': 'private, no-cache', 'x-content-type-options': 'nosniff' };
    if (namesEtag(context.req.header('if-none-match'), etag)) return context.body(null, 304, headers);
    return context.body(new Uint8Array(bytes), 200, { ...headers, 'content-type': 'text/markdown; charset=utf-8' });
  });

  app.put(CONTENT_PATH, async (context) => {
    const request = context.var.request.context;
    const session = requireScope(request, 'write');
    const input = writeInput.parse({ ...context.req.query(), ...readContentBody(context) });
    const expectedChecksum = checksumOf(context.req.header('if-match'));
    const id = EntityId.parse(context.req.param('id'));
    const change = { ...input, id, expectedChecksum };
    return context.json({ entity: await updateContent(request.parts, commandContext(request, session), change) });
  });
}

/** The content from a JSON body `{content}`, or the body itself where it is text. */
function readContentBody(context: Context<ServedRequest>): Record<string, unknown> {
  const { body } = context.var.request;
  const type = (context.req.header('content-type') ?? 'text/markdown').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json') return parseJsonObject(body);
  if (type.startsWith('text/')) return { content: decodeText(body) };
  throw new UnsupportedType(`Content of type ${type} cannot be kept so far. Send text/markdown, text/plain or JSON.`);
}

function namesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((entry) => ['*', etag, `W/${etag}`].includes(entry.trim()));
}

function checksumOf(ifMatch: string | undefined): string | undefined {
  return /^"?([0-9a-f]{64})"?$/.exec(ifMatch?.trim() ?? '')?.[1];
}
