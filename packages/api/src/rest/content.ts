import { openContent, presentationOf, replaceContent, updateContent } from '@synap/core';
import { EntityId } from '@synap/domain';
import type { Context, Hono } from 'hono';
import * as z from 'zod';
import type { ServedRequest } from '../app.ts';
import { authorize, kindsOf } from '../request/authorize.ts';
import { parseJsonObject, readBody, streamBody } from '../request/read-body.ts';
import { commandContext } from '../request/request-context.ts';
import type { Session } from '../request/session.ts';
import { contentSchema, expectedVersionSchema, revisionFields } from '../routers/inputs.ts';
import { answerFile } from './answer-file.ts';
import { rawFileName } from './raw-file.ts';

const CONTENT_PATH = '/api/v1/entities/:id/content';
/** JSON may write one byte of content as two. */
const JSON_MAX_BYTES = 24 * 1024 * 1024;

const revisionInput = z.strictObject(revisionFields);
const jsonInput = z.strictObject({ content: contentSchema, expectedVersion: expectedVersionSchema });
const queryInput = z.strictObject({ expectedVersion: expectedVersionSchema, name: z.string().max(4096).optional() });

/** The file itself, as its bytes: the routes whose body is no JSON. */
export function serveContent(app: Hono<ServedRequest>): void {
  app.get(CONTENT_PATH, async (context) => {
    const { request } = context.var;
    const { id, userId } = await allowed(context, 'read');
    const revision = revisionInput.parse(context.req.query());
    const content = await openContent(request.parts, userId, { ...revision, id });
    const { fileSize: sizeBytes, checksum } = content.file;
    const presentation = presentationOf(content.file, content);
    return answerFile(context.req.raw, { ...presentation, sizeBytes, checksum, read: content.read });
  });

  app.put(CONTENT_PATH, async (context) => {
    const { request } = context.var;
    const { id, ...session } = await allowed(context, 'write');
    const seen = { id, expectedChecksum: checksumOf(context.req.header('if-match')) };
    const type = mediaType(context);
    const command = commandContext(request, session);
    if (type === 'application/json') {
      const body = parseJsonObject(await readBody(context.req.raw, { maxBytes: JSON_MAX_BYTES }));
      const input = jsonInput.parse({ ...context.req.query(), ...body });
      return context.json({ entity: await updateContent(request.parts, command, { ...input, ...seen }) });
    }
    const { expectedVersion, name } = queryInput.parse(context.req.query());
    const entity = await replaceContent(request.parts, command, {
      ...seen,
      expectedVersion,
      content: streamBody(context.req.raw),
      fileName: rawFileName(context.req.raw, name),
      announcedType: type,
    });
    return context.json({ entity });
  });
}

/** Who asks, and for which thing, if they may. */
async function allowed(context: Context<ServedRequest>, scope: 'read' | 'write'): Promise<Session & { id: EntityId }> {
  const { request } = context.var;
  // What is no id is told only to those who may ask at all.
  const id = EntityId.safeParse(context.req.param('id'));
  const session = await authorize(request, { scope, ...(id.success ? { kinds: kindsOf(request, [id.data]) } : {}) });
  return { ...session, id: EntityId.parse(context.req.param('id')) };
}

function mediaType(context: Context<ServedRequest>): string | undefined {
  return context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
}

function checksumOf(ifMatch: string | undefined): string | undefined {
  return /^"?([0-9a-f]{64})"?$/.exec(ifMatch?.trim() ?? '')?.[1];
}
