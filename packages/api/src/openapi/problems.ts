import { actorSchema, ErrorCode } from '@synap/domain';
import * as z from 'zod';
import type { Problem, ProblemStatus } from '../errors/problem.ts';
import { viewOf } from '../views/view.ts';
import type { DescribedAnswer } from './described-route.ts';

const undoFieldView = z.union([
  z.enum([
    'exists',
    'title',
    'type',
    'content',
    'status',
    'priority',
    'due',
    'recurrence',
    'reminder',
    'schedule',
    'place',
    'trash',
  ]),
  z.templateLiteral(['tag:', z.string()]),
  z.templateLiteral(['suggestion:', z.string()]),
  z.templateLiteral(['colour:', z.string()]),
]);

/** The problem document (RFC 9457). */
export const problemView = viewOf<Problem>()(
  'Problem',
  z.strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What is wrong, and what to do about it.'),
    code: z.enum([...Object.values(ErrorCode), 'internal']).describe('What went wrong, for programs.'),
    fields: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .exactOptional()
      .describe('Of `validation_failed`: each field and what is expected of it.'),
    currentVersion: z.int().exactOptional().describe('Of `version_conflict`: the version that it is at.'),
    conflicts: z
      .array(
        z.strictObject({
          aggregateId: z.string(),
          field: undoFieldView,
          changedByVersion: z.int(),
          changedBy: actorSchema,
        }),
      )
      .exactOptional()
      .describe('Of an undo that was refused: each field that somebody has changed since.'),
    dependency: z.string().exactOptional().describe('Of `unavailable`: what does not work.'),
    limitBytes: z.int().exactOptional().describe('Of `too_large`.'),
    retryAfterSeconds: z.int().exactOptional().describe('Of `rate_limited`; `Retry-After` says the same.'),
  }),
);

type Example = Pick<Problem, 'title' | 'detail' | 'code'> & Partial<Problem>;

const EXAMPLES: Readonly<Record<ProblemStatus, Example>> = {
  400: {
    title: 'The request is not valid',
    detail: 'title: Too small: expected string to have >=1 characters',
    code: 'validation_failed',
    fields: [{ field: 'title', message: 'Too small: expected string to have >=1 characters' }],
  },
  401: {
    title: 'Not signed in',
    detail: 'Sign in, or send an API key as “Authorization: Bearer synap_…”.',
    code: 'unauthenticated',
  },
  403: {
    title: 'Not allowed',
    detail: 'This key may not write this. Use one with the scope “write”.',
    code: 'forbidden',
  },
  404: { title: 'Not found', detail: 'There is no entity 019aa3f2-7c10-7d3e-9d2a-4b6f0e1a2c3d.', code: 'not_found' },
  409: {
    title: 'Changed in between',
    detail: 'Expected version 2, but it is at version 3. Read it again and repeat the change.',
    code: 'version_conflict',
    currentVersion: 3,
  },
  412: {
    title: 'Changed in between',
    detail: 'The content has changed since you read it. Read it again and repeat the change.',
    code: 'precondition_failed',
  },
  413: {
    title: 'Too large',
    detail: 'The content is larger than the limit of 10485760 bytes. Split it, or send a smaller one.',
    code: 'too_large',
    limitBytes: 10_485_760,
  },
  415: {
    title: 'Not this type of content',
    detail: 'This is binary data, not text: it holds a NUL character. Send it as a file instead.',
    code: 'unsupported_type',
  },
  416: {
    title: 'No such part',
    detail: 'The content has 36 bytes; the range begins beyond them.',
    code: 'validation_failed',
    fields: [{ field: 'Range', message: 'within 36 bytes' }],
  },
  422: {
    title: 'It cannot be done as things are',
    detail: 'This Idempotency-Key was used for another request. Use a new key for a new request.',
    code: 'unprocessable',
  },
  429: {
    title: 'Too many requests',
    detail: 'These were too many requests. Try again in 12 s.',
    code: 'rate_limited',
    retryAfterSeconds: 12,
  },
  500: {
    title: 'Internal error',
    detail: 'Something went wrong in Synap itself. Nothing was written. The log names it by the correlation id.',
    code: 'internal',
  },
  503: {
    title: 'Not available now',
    detail: 'The database does not answer.',
    code: 'unavailable',
    dependency: 'database',
  },
};

const HEADERS: Partial<Record<ProblemStatus, Readonly<Record<string, string>>>> = {
  401: { 'WWW-Authenticate': 'How to sign in.' },
  416: { 'Content-Range': 'How many bytes there are.' },
  429: { 'Retry-After': 'In how many seconds it is worth trying again.' },
};

/** A problem of this status as an answer. */
export function problemAnswer(status: ProblemStatus): DescribedAnswer {
  const example: Problem = { type: 'about:blank', status, ...EXAMPLES[status] };
  const headers = HEADERS[status];
  return {
    description: example.title,
    content: { 'application/problem+json': { schema: problemView, example } },
    ...(headers === undefined ? {} : { headers }),
  };
}

/** The problems that every route may have that somebody has to be signed in for. */
export const COMMON_PROBLEMS: readonly ProblemStatus[] = [400, 401, 403, 429, 500, 503];

/**
 * Those that follow from what a procedure is: what names a thing may not find it; a write may meet another one, an
 * idempotency key of another request, a quota, or be too long; text may turn out to be none.
 */
export function problemsOf({
  isWrite,
  namesThings,
  hasContent,
  more = [],
}: {
  isWrite: boolean;
  namesThings: boolean;
  hasContent: boolean;
  more?: readonly ProblemStatus[] | undefined;
}): ProblemStatus[] {
  const found: ProblemStatus[] = [
    ...COMMON_PROBLEMS,
    ...more,
    ...(namesThings ? [404 as const] : []),
    ...(isWrite ? ([409, 413, 422] as const) : []),
    ...(isWrite && hasContent ? [415 as const] : []),
  ];
  return [...new Set(found)].sort((one, other) => one - other);
}
