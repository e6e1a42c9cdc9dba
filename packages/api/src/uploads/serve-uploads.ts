/**
 * Uploads that are sent piece by piece and resumed where they stopped: the tus protocol (https://tus.io), version 1.0,
 * by its official server, below `/api/v1/uploads`.
 *
 * What is sent is gathered in a spool, where it outlives the connection and the process. With the last piece it is
 * recorded, as any uploaded file, under a key made of its id: to record twice is to record once. A crash before that is
 * finished by `POST …/{id}/complete`. An upload that is begun with an `Idempotency-Key` has an id made of the key, so
 * that a sender who has lost everything finds it again by beginning it again.
 */
import { createHash } from 'node:crypto';
import { admitUpload, type EntityView, heldTo, uploadFile } from '@synap/core';
import { ErrorCode, NotFound, SynapError, Unavailable, Unprocessable, ValidationFailed } from '@synap/domain';
import { MemoryLocker, Metadata, Server } from '@tus/server';
import type { Context, Hono } from 'hono';
import * as z from 'zod';
import type { ServedRequest } from '../app.ts';
import { type Problem, problemResponse } from '../errors/problem.ts';
import { authorize } from '../request/authorize.ts';
import { commandContext, type RequestContext } from '../request/request-context.ts';
import type { Session } from '../request/session.ts';
import { announcedChecksumSchema, fileNameSchema, uploadFields } from '../routers/inputs.ts';
import type { UploadSpool } from './upload-spool.ts';

const UPLOADS_PATH = '/api/v1/uploads';
const ID = /^[\da-f-]{32,36}$/;
const PROTOCOL = { 'tus-resumable': '1.0.0' };

/** What `Upload-Metadata` may say. */
const metadataSchema = z.strictObject({
  ...uploadFields,
  filename: fileNameSchema.optional(),
  filetype: z.string().max(200).optional(),
  checksum: announcedChecksumSchema.optional(),
});

interface UploadRequest {
  readonly request: RequestContext;
  readonly session: Session;
  readonly spool: UploadSpool;
}

/** Serves uploads that can be resumed. */
export function serveUploads(app: Hono<ServedRequest>, spool: UploadSpool): void {
  const locker = new MemoryLocker();
  const signedIn = async (context: Context<ServedRequest>): Promise<UploadRequest> => {
    const { request } = context.var;
    return { request, session: await authorize(request, { scope: 'write' }), spool };
  };

  app.post(`${UPLOADS_PATH}/:id/complete`, async (context) => {
    const entity = await completeUpload(await signedIn(context), context.req.param('id'));
    return context.json({ entity, fileUrl: entity.fileUrl }, 201);
  });

  app.on('HEAD', `${UPLOADS_PATH}/:id`, async (context) => serveTus(context, await signedIn(context), locker));
  app.all(UPLOADS_PATH, async (context) => serveTus(context, await signedIn(context), locker));
  app.all(`${UPLOADS_PATH}/:id`, async (context) => serveTus(context, await signedIn(context), locker));
}

async function serveTus(
  context: Context<ServedRequest>,
  upload: UploadRequest,
  locker: MemoryLocker,
): Promise<Response> {
  const { raw } = context.req;
  const id = context.req.param('id');
  if (raw.method === 'GET') throw new NotFound('content at', context.req.path);
  if (id !== undefined && !ID.test(id)) throw new NotFound('upload', id);
  const known = await answerKnown(raw, upload, id);
  if (known !== null) return known;
  let refused: unknown = null;
  const orRefuse = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      // The tus server would answer in a shape of its own.
      refused = error;
      throw error;
    }
  };
  const server = new Server({
    path: UPLOADS_PATH,
    datastore: await upload.spool.storeOf(upload.session.userId),
    locker,
    relativeLocation: true,
    // Pages of other origins have no business here.
    allowedOrigins: [],
    namingFunction: () => idOf(upload),
    onUploadCreate: (_request, begun) => orRefuse(() => admit(upload, begun)),
    onUploadFinish: (_request, { id: finished }) => orRefuse(() => answerRecorded(upload, finished)),
  });
  const response = await server.handleWeb(raw);
  if (refused !== null) throw refused;
  return response.status < 400 ? response : asProblem(response);
}

/** What need not be asked of the tus server: an upload that was recorded, or begun, before. */
async function answerKnown(
  { method, headers }: Request,
  { request, session, spool }: UploadRequest,
  id: string | undefined,
): Promise<Response | null> {
  const { userId } = session;
  if (method === 'HEAD' && id !== undefined) {
    const recorded = await spool.findRecorded(userId, id);
    if (recorded === null) return null;
    const size = String(recorded.sizeBytes);
    return new Response(null, { headers: { ...PROTOCOL, 'upload-offset': size, 'upload-length': size } });
  }
  if (method !== 'POST' || id !== undefined || request.idempotencyKey === undefined) return null;
  const begun = idOf({ request, session });
  const gathered = await spool.find(userId, begun);
  if (gathered === null && (await spool.findRecorded(userId, begun)) === null) return null;
  if (gathered !== null && !isSame(headers, gathered)) {
    throw new Unprocessable('This Idempotency-Key was used for another upload. Use a new key for a new upload.');
  }
  return new Response(null, { status: 201, headers: { ...PROTOCOL, location: `${UPLOADS_PATH}/${begun}` } });
}

function idOf({ request, session }: Pick<UploadRequest, 'request' | 'session'>): string {
  if (request.idempotencyKey === undefined) return request.parts.ids.next();
  return createHash('sha256').update(`${session.userId} ${request.idempotencyKey}`).digest('hex').slice(0, 32);
}

function isSame(
  headers: Headers,
  { sizeBytes, metadata }: { sizeBytes: number; metadata: Readonly<Record<string, string | null>> },
): boolean {
  const said = Metadata.parse(headers.get('upload-metadata') ?? undefined);
  return headers.get('upload-length') === String(sizeBytes) && JSON.stringify(said) === JSON.stringify(metadata);
}

interface BegunUpload {
  readonly size?: number | undefined;
  readonly metadata?: Record<string, string | null> | undefined;
}

/** Refuses what could not be recorded in the end, before anything is sent. */
async function admit(
  { request, session }: UploadRequest,
  { size, metadata }: BegunUpload,
): Promise<Record<string, never>> {
  if (size === undefined || size === 0) {
    throw new ValidationFailed([{ field: 'Upload-Length', message: 'how many bytes the file has, at least one' }]);
  }
  const { attachTo } = readMetadata(metadata ?? {});
  await admitUpload(request.parts, session.userId, { sizeBytes: size, attachTo });
  return {};
}

function readMetadata(metadata: Readonly<Record<string, string | null>>) {
  return metadataSchema.parse(Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, value ?? ''])));
}

async function answerRecorded(upload: UploadRequest, id: string) {
  const entity = await completeUpload(upload, id);
  const body = JSON.stringify({ entity, fileUrl: entity.fileUrl });
  return { status_code: 200, headers: { 'content-type': 'application/json' }, body };
}

/**
 * Records an upload of which all has come; one that was recorded already gives the same answer again.
 * @throws {NotFound} if there is none.
 * @throws {Unprocessable} if there is more to come.
 */
async function completeUpload({ request, session, spool }: UploadRequest, id: string): Promise<EntityView> {
  const { userId } = session;
  const gathered = ID.test(id) ? await spool.find(userId, id) : null;
  const recorded = ID.test(id) ? await spool.findRecorded(userId, id) : null;
  if (recorded !== null) return recorded.entity;
  if (gathered === null) throw new NotFound('upload', id);
  const { sizeBytes, offset } = gathered;
  if (offset !== sizeBytes) throw new Unprocessable(`${offset} of ${sizeBytes} bytes have come. Send the rest first.`);
  const { filename, filetype, checksum, ...details } = readMetadata(gathered.metadata);
  const command = { ...commandContext(request, session), idempotencyKey: `upload:${id}` };
  const content = spool.read(userId, id);
  try {
    const entity = await uploadFile(request.parts, command, {
      fileName: filename,
      announcedType: filetype,
      content: checksum === undefined ? heldTo(content, () => ({ sizeBytes })) : content,
      expected: checksum === undefined ? undefined : { checksum, sizeBytes },
      details: () => details,
    });
    await spool.markRecorded(userId, id, { sizeBytes, entity });
    return entity;
  } catch (error) {
    // It would be refused again.
    if (error instanceof SynapError && !(error instanceof Unavailable)) await spool.remove(userId, id);
    throw error;
  }
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  404: ErrorCode.notFound,
  409: ErrorCode.versionConflict,
  410: ErrorCode.notFound,
  412: ErrorCode.preconditionFailed,
  413: ErrorCode.tooLarge,
  415: ErrorCode.unsupportedType,
  423: ErrorCode.unavailable,
};

/** The tus server's errors in the shape of all others. */
async function asProblem(response: Response): Promise<Response> {
  const { status } = response;
  const problem: Problem = {
    type: 'about:blank',
    title: 'The upload cannot go on like this',
    status,
    detail: (await response.text()).trim(),
    code: CODES[status] ?? (status >= 500 ? 'internal' : ErrorCode.validationFailed),
  };
  return problemResponse(problem, PROTOCOL);
}
