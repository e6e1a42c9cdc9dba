import { type EntityView, heldTo, signContent, uploadFile } from '@synap/core';
import { EntityId } from '@synap/domain';
import type { Context, Hono } from 'hono';
import * as z from 'zod';
import type { ServedRequest } from '../app.ts';
import { authorize, kindsOf } from '../request/authorize.ts';
import { streamBody } from '../request/read-body.ts';
import { commandContext } from '../request/request-context.ts';
import { announcedChecksumSchema, fileNameSchema, revisionFields, uploadFields } from '../routers/inputs.ts';
import { readFileForm } from './file-form.ts';
import { announcedSize, rawFileName } from './raw-file.ts';

const formInput = z.strictObject({ ...uploadFields, checksum: announcedChecksumSchema.optional() });
const rawInput = formInput.extend({ name: fileNameSchema.optional() });
const revisionInput = z.strictObject(revisionFields);

/** Files of any kind, streamed into the store: as the file of a form, or as the body itself. */
export function serveFiles(app: Hono<ServedRequest>): void {
  app.post('/api/v1/files', async (context) => {
    const isForm = /^multipart\/form-data\b/i.test(context.req.header('content-type') ?? '');
    const entity = await (isForm ? uploadForm(context) : uploadBody(context));
    return context.json({ entity, fileUrl: entity.fileUrl }, 201);
  });

  app.get('/api/v1/entities/:id/file', async (context) => {
    const { request } = context.var;
    const named = EntityId.safeParse(context.req.param('id'));
    const kinds = named.success ? { kinds: kindsOf(request, [named.data]) } : {};
    const { userId } = await authorize(request, { scope: 'read', ...kinds });
    const revision = revisionInput.parse(context.req.query());
    const id = EntityId.parse(context.req.param('id'));
    const { url } = await signContent(request.parts, userId, { ...revision, id });
    context.header('cache-control', 'private, no-store');
    return context.redirect(url, 302);
  });
}

async function uploadForm(context: Context<ServedRequest>): Promise<EntityView> {
  const { request } = context.var;
  const session = await authorize(request, { scope: 'write' });
  const { fileName, announcedType, content, fields } = await readFileForm(context.req.raw);
  const input = () => formInput.parse(fields);
  return uploadFile(request.parts, commandContext(request, session), {
    fileName,
    announcedType,
    content: heldTo(content, () => ({ checksum: input().checksum })),
    details: () => {
      const { checksum: _, ...details } = input();
      return details;
    },
  });
}

async function uploadBody(context: Context<ServedRequest>): Promise<EntityView> {
  const { request } = context.var;
  const session = await authorize(request, { scope: 'write' });
  const { raw } = context.req;
  const { checksum, name, ...details } = rawInput.parse(context.req.query());
  const sizeBytes = announcedSize(raw);
  const isKnown = checksum !== undefined && sizeBytes !== undefined;
  return uploadFile(request.parts, commandContext(request, session), {
    fileName: rawFileName(raw, name),
    announcedType: context.req.header('content-type'),
    content: isKnown ? streamBody(raw) : heldTo(streamBody(raw), () => ({ checksum, sizeBytes })),
    expected: isKnown ? { checksum, sizeBytes } : undefined,
    details: () => details,
  });
}
