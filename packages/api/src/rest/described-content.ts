import { EntityId } from '@synap/domain';
import * as z from 'zod';
import type { DescribedContent, DescribedRoute } from '../openapi/described-route.ts';
import { COMMON_PROBLEMS, problemsOf } from '../openapi/problems.ts';
import {
  announcedChecksumSchema,
  contentSchema,
  expectedVersionSchema,
  fileNameSchema,
  revisionFields,
  uploadFields,
} from '../routers/inputs.ts';
import { createdAnswer, entityAnswer, exampleId } from '../views/things.ts';

/*
 * The routes of content and files, as the document says them; `content.ts`, `files.ts`, `links.ts` and `calendar.ts` serve
 * them.
 */

/** Bytes of any kind. */
const bytes: DescribedContent = {
  schema: z.unknown().meta({ description: 'The bytes themselves.' }),
  example: 'Feed the starter the evening before.',
};
const named = z.strictObject({ id: EntityId });
const revision = z.strictObject(revisionFields);
const etag = { ETag: 'The SHA-256 of the content, in quotation marks.' };
const presented = {
  ...etag,
  'Content-Disposition': 'What the file is called; `attachment` for what a browser might run.',
  'Accept-Ranges': '`bytes`.',
};
const conditions = z.strictObject({
  'If-None-Match': z.string().optional().describe('An ETag: 304 if the content is still that.'),
  Range: z
    .string()
    .optional()
    .meta({ description: 'A part of the content.', examples: ['bytes=0-1023'] }),
  'If-Range': z.string().optional().describe('An ETag: the whole content if it is another by now.'),
});
const reading = {
  query: revision,
  headers: conditions,
  example: { id: exampleId },
  problems: [...COMMON_PROBLEMS, 404, 416],
} as const;
const entityOf = { 'application/json': { schema: entityAnswer } };
const created = {
  201: { description: 'It is kept.', content: { 'application/json': { schema: createdAnswer } } },
};

export const describedContent: readonly DescribedRoute[] = [
  {
    method: 'GET',
    path: '/api/v1/entities/:id/content',
    operationId: 'entities.content',
    tag: 'entities',
    summary: 'Reads the content: the file itself',
    description: 'As it is, or as it was at a version or an instant. Scope: `read`, or that of the kind of thing.',
    pathFields: named,
    ...reading,
    answers: {
      200: { description: 'All of it.', content: { '*/*': bytes }, headers: presented },
      206: { description: 'A part of it.', content: { '*/*': bytes }, headers: presented },
      304: { description: 'It is what `If-None-Match` says.', headers: etag },
    },
  },
  {
    method: 'HEAD',
    path: '/api/v1/entities/:id/content',
    operationId: 'entities.contentHeaders',
    tag: 'entities',
    summary: 'Reads how large the content is, and of which type',
    description: 'Scope: `read`, or that of the kind of thing.',
    pathFields: named,
    ...reading,
    answers: {
      200: { description: 'It is there.', headers: presented },
      206: { description: 'The part is there.', headers: presented },
      304: { description: 'It is what `If-None-Match` says.', headers: etag },
    },
  },
  {
    method: 'PUT',
    path: '/api/v1/entities/:id/content',
    operationId: 'entities.updateContent',
    tag: 'entities',
    summary: 'Replaces the content',
    description:
      'By a file of any kind, or by text as JSON. What was there before stays in the history. Scope: `write`, or that of the kind of thing.',
    isRepeatable: true,
    pathFields: named,
    query: z.strictObject({
      expectedVersion: expectedVersionSchema,
      name: fileNameSchema.optional().describe('What the file is called, where it is no JSON.'),
    }),
    headers: z.strictObject({
      'If-Match': z
        .string()
        .optional()
        .describe('The ETag of the content that the caller has seen; 412 if it is another.'),
    }),
    example: { id: exampleId },
    body: {
      isRequired: true,
      content: {
        'application/json': {
          schema: z.strictObject({ content: contentSchema, expectedVersion: expectedVersionSchema }),
          example: { content: '# Rye bread', expectedVersion: 2 },
        },
        'application/octet-stream': bytes,
      },
    },
    answers: { 200: { description: 'It is replaced.', content: entityOf } },
    problems: problemsOf({ isWrite: true, namesThings: true, hasContent: true, more: [412] }),
  },
  {
    method: 'GET',
    path: '/api/v1/entities/:id/file',
    operationId: 'files.signedUrl',
    tag: 'files',
    summary: 'Leads to a link by which anybody reads the content for an hour',
    description: 'Scope: `read`, or that of the kind of thing.',
    pathFields: named,
    query: revision,
    example: { id: exampleId },
    answers: { 302: { description: 'There it is.', headers: { Location: 'The signed link.' } } },
    problems: [...COMMON_PROBLEMS, 404],
  },
  {
    method: 'POST',
    path: '/api/v1/files',
    operationId: 'files.upload',
    tag: 'files',
    summary: 'Keeps a file of any kind',
    description:
      'As the field `file` of a form, with what is said of it beside; or as the body itself, with that in the query. Scope: `write`.',
    isRepeatable: true,
    query: z.strictObject({
      ...uploadFields,
      checksum: announcedChecksumSchema.optional(),
      name: fileNameSchema.optional().describe('What the file is called; `Content-Disposition` may say it, too.'),
    }),
    example: { name: 'scan.pdf' },
    body: {
      isRequired: true,
      content: {
        'multipart/form-data': {
          schema: z.strictObject({
            file: z.unknown().meta({ description: 'The file.', contentMediaType: 'application/octet-stream' }),
            ...uploadFields,
            checksum: announcedChecksumSchema.optional(),
          }),
          example: { file: 'Feed the starter the evening before.', tags: ['baking'] },
        },
        'application/octet-stream': bytes,
      },
    },
    answers: created,
    problems: problemsOf({ isWrite: true, namesThings: true, hasContent: true }),
  },
];

const linked = z.strictObject({ path: z.string().describe('Made by Synap; it is several segments long.') });
const link = { path: 'users/019aa3f2/notes/019aa3f2/9f86d081.md' };

/** What a signed link leads to; it says itself what it is good for. */
export const describedLinks: readonly DescribedRoute[] = [
  {
    method: 'GET',
    path: '/files/:path',
    operationId: 'files.readLink',
    tag: 'files',
    summary: 'Reads content by a signed link',
    isOpen: true,
    pathFields: linked,
    headers: conditions,
    example: link,
    answers: {
      200: { description: 'All of it.', content: { '*/*': bytes }, headers: presented },
      206: { description: 'A part of it.', content: { '*/*': bytes }, headers: presented },
      304: { description: 'It is what `If-None-Match` says.', headers: etag },
    },
    problems: [400, 403, 404, 416, 500, 503],
  },
  {
    method: 'PUT',
    path: '/files/:path',
    operationId: 'files.sendToLink',
    tag: 'files',
    summary: 'Sends a file by the signed request that `files.createUpload` gave',
    isOpen: true,
    pathFields: linked,
    example: link,
    body: { isRequired: true, content: { '*/*': bytes } },
    answers: { 200: { description: 'It has come.', headers: etag } },
    problems: [400, 403, 404, 413, 415, 500, 503],
  },
  {
    method: 'GET',
    path: '/calendar/:file',
    operationId: 'calendar.read',
    tag: 'calendar',
    summary: 'Reads what is due and takes place, by a secret link',
    description: 'iCalendar (RFC 5545); the link is made by `calendar.createLink`.',
    isOpen: true,
    pathFields: z.strictObject({ file: z.string().describe('The secret, and `.ics`.') }),
    headers: conditions,
    example: { file: 'k3q0….ics' },
    answers: {
      200: {
        description: 'The calendar.',
        content: { 'text/calendar': { schema: z.string(), example: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n' } },
        headers: presented,
      },
      206: { description: 'A part of it.', content: { 'text/calendar': { schema: z.string() } }, headers: presented },
      304: { description: 'It is what `If-None-Match` says.', headers: etag },
    },
    problems: [404, 416, 429, 500, 503],
  },
];
