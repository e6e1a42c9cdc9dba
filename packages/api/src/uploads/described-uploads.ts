import * as z from 'zod';
import type { DescribedContent, DescribedRoute } from '../openapi/described-route.ts';
import { COMMON_PROBLEMS, problemsOf } from '../openapi/problems.ts';
import { createdAnswer } from '../views/things.ts';

/*
 * The tus protocol as the document says it; `serve-uploads.ts` serves it, and https://tus.io has all of it.
 */

const resumable = { 'Tus-Resumable': z.literal('1.0.0').describe('The version of the protocol.') };
const named = z.strictObject({ id: z.string().describe('The last segment of `Location`.') });
const example = { id: '019aa3f27c107d3e9d2a4b6f0e1a2c3d', 'Tus-Resumable': '1.0.0' };
const offset = { 'Upload-Offset': 'How many bytes have come.', 'Tus-Resumable': 'The version of the protocol.' };
const piece: DescribedContent = {
  schema: z.unknown().meta({ description: 'The bytes from the offset on.' }),
  example: 'Feed',
};
const recorded = { 'application/json': { schema: createdAnswer } };
const writing = (...more: (409 | 412 | 415)[]) =>
  problemsOf({ isWrite: true, namesThings: true, hasContent: true, more });

export const describedUploads: readonly DescribedRoute[] = [
  {
    method: 'OPTIONS',
    path: '/api/v1/uploads',
    operationId: 'uploads.capabilities',
    tag: 'uploads',
    summary: 'Says what the tus server can do',
    description: 'Scope: `write`.',
    answers: {
      204: {
        description: 'It says so in headers.',
        headers: { 'Tus-Version': 'The versions.', 'Tus-Extension': 'The extensions.' },
      },
    },
    problems: COMMON_PROBLEMS,
  },
  {
    method: 'POST',
    path: '/api/v1/uploads',
    operationId: 'uploads.begin',
    tag: 'uploads',
    summary: 'Begins an upload that is sent piece by piece',
    description: 'Begun again with the same `Idempotency-Key`, it is the same upload. Scope: `write`.',
    isRepeatable: true,
    headers: z.strictObject({
      ...resumable,
      'Upload-Length': z.string().describe('How many bytes the file has.'),
      'Upload-Metadata': z
        .string()
        .optional()
        .describe('`filename`, `filetype`, `checksum`, `title`, `type`, `tags` and `attachTo`, each in base64.'),
    }),
    example: { 'Tus-Resumable': '1.0.0', 'Upload-Length': '18234', 'Upload-Metadata': 'filename c2Nhbi5wZGY=' },
    answers: {
      201: {
        description: 'It is begun.',
        headers: { Location: 'Where the pieces are sent to.', 'Tus-Resumable': 'The version of the protocol.' },
      },
    },
    problems: writing(412),
  },
  {
    method: 'HEAD',
    path: '/api/v1/uploads/:id',
    operationId: 'uploads.progress',
    tag: 'uploads',
    summary: 'Says how much of an upload has come',
    description: 'Scope: `write`.',
    pathFields: named,
    headers: z.strictObject(resumable),
    example,
    answers: {
      200: { description: 'So much.', headers: { ...offset, 'Upload-Length': 'How many bytes the file has.' } },
    },
    problems: [...COMMON_PROBLEMS, 404, 412],
  },
  {
    method: 'PATCH',
    path: '/api/v1/uploads/:id',
    operationId: 'uploads.send',
    tag: 'uploads',
    summary: 'Sends a piece of an upload',
    description: 'The answer to the last piece is the thing that was made of it. Scope: `write`.',
    pathFields: named,
    headers: z.strictObject({ ...resumable, 'Upload-Offset': z.string().describe('Where the piece begins.') }),
    example: { ...example, 'Upload-Offset': '0' },
    body: { isRequired: true, content: { 'application/offset+octet-stream': piece } },
    answers: {
      200: { description: 'That was the last.', content: recorded, headers: offset },
      204: { description: 'There is more to come.', headers: offset },
    },
    problems: writing(409, 412, 415),
  },
  {
    method: 'DELETE',
    path: '/api/v1/uploads/:id',
    operationId: 'uploads.abandon',
    tag: 'uploads',
    summary: 'Forgets what has come of an upload',
    description: 'Scope: `write`.',
    pathFields: named,
    headers: z.strictObject(resumable),
    example,
    answers: { 204: { description: 'It is forgotten.' } },
    problems: [...COMMON_PROBLEMS, 404, 412],
  },
  {
    method: 'POST',
    path: '/api/v1/uploads/:id/complete',
    operationId: 'uploads.complete',
    tag: 'uploads',
    summary: 'Records an upload of which all has come',
    description: 'For what a crash cut off after the last piece; to repeat it is harmless. Scope: `write`.',
    isRepeatable: true,
    pathFields: named,
    example: { id: example.id },
    answers: { 201: { description: 'It is kept.', content: recorded } },
    problems: writing(),
  },
];
