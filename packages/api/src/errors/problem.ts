import { databaseFailure } from '@synap/core';
import {
  ConcurrencyConflict,
  ErrorCode,
  type FieldError,
  RateLimited,
  SynapError,
  TooLarge,
  Unavailable,
  type UndoConflict,
  UndoRefused,
  ValidationFailed,
} from '@synap/domain';
import { TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import * as z from 'zod';

/** A problem document (RFC 9457): the one shape of every error, on REST as the body and on tRPC as `data`. */
export interface Problem {
  type: 'about:blank';
  title: string;
  status: number;
  detail: string;
  /** What went wrong, for programs; the same on REST and tRPC. */
  code: ErrorCode | 'internal';
  /** Of `validation_failed`: each field and what is expected of it. */
  fields?: readonly FieldError[];
  /** Of `version_conflict`. */
  currentVersion?: number;
  /** Of an undo that was refused: each field that somebody has changed since. */
  conflicts?: readonly UndoConflict[];
  /** Of `unavailable`: what does not work. */
  dependency?: string;
  /** Of `too_large`. */
  limitBytes?: number;
  /** Of `rate_limited`; the header `Retry-After` says the same. */
  retryAfterSeconds?: number;
}

/** The statuses of problems. */
export type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 412 | 413 | 415 | 416 | 422 | 429 | 500 | 503;

interface Mapping {
  readonly status: ProblemStatus;
  readonly title: string;
  readonly trpc: TRPCError['code'];
}

/** The one place where a code becomes a status. */
const MAPPINGS: Readonly<Record<ErrorCode, Mapping>> = {
  [ErrorCode.validationFailed]: { status: 400, title: 'The request is not valid', trpc: 'BAD_REQUEST' },
  [ErrorCode.unauthenticated]: { status: 401, title: 'Not signed in', trpc: 'UNAUTHORIZED' },
  [ErrorCode.forbidden]: { status: 403, title: 'Not allowed', trpc: 'FORBIDDEN' },
  [ErrorCode.notFound]: { status: 404, title: 'Not found', trpc: 'NOT_FOUND' },
  [ErrorCode.versionConflict]: { status: 409, title: 'Changed in between', trpc: 'CONFLICT' },
  [ErrorCode.preconditionFailed]: { status: 412, title: 'Changed in between', trpc: 'PRECONDITION_FAILED' },
  [ErrorCode.tooLarge]: { status: 413, title: 'Too large', trpc: 'PAYLOAD_TOO_LARGE' },
  [ErrorCode.unsupportedType]: { status: 415, title: 'Not this type of content', trpc: 'UNSUPPORTED_MEDIA_TYPE' },
  [ErrorCode.unprocessable]: { status: 422, title: 'It cannot be done as things are', trpc: 'UNPROCESSABLE_CONTENT' },
  [ErrorCode.rateLimited]: { status: 429, title: 'Too many requests', trpc: 'TOO_MANY_REQUESTS' },
  [ErrorCode.unavailable]: { status: 503, title: 'Not available now', trpc: 'SERVICE_UNAVAILABLE' },
};

const INTERNAL_PROBLEM: Problem = {
  type: 'about:blank',
  title: 'Internal error',
  status: 500,
  detail: 'Something went wrong in Synap itself. Nothing was written. The log names it by the correlation id.',
  code: 'internal',
};

/** Any thrown thing as a problem. What is not one of the known failures tells nothing of its insides. */
export function toProblem(error: unknown): Problem {
  if (error instanceof SynapError) return synapProblem(error);
  if (error instanceof z.core.$ZodError) return synapProblem(fromZod(error));
  if (error instanceof TRPCError) return trpcProblem(error);
  const failure = databaseFailure(error);
  return failure === null ? INTERNAL_PROBLEM : synapProblem(failure);
}

/** Any thrown thing as a tRPC error, with the problem's status; the thing itself is its cause. */
export function toTrpcError(error: unknown): TRPCError {
  const problem = toProblem(error);
  const code = problem.code === 'internal' ? 'INTERNAL_SERVER_ERROR' : MAPPINGS[problem.code].trpc;
  return new TRPCError({ code, message: problem.detail, cause: error });
}

/**
 * A problem as the answer of a REST route.
 * @param more what else the document says.
 */
export function problemResponse(
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, unknown>> = {},
): Response {
  return new Response(JSON.stringify({ ...problem, ...more }), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...retryAfter(problem),
      ...headers,
    },
  });
}

/**
 * A problem that came up before any procedure, as tRPC tells of errors: its clients read nothing else. A batch is refused
 * as one.
 */
export function trpcProblemResponse(problem: Problem): Response {
  const { type: _type, title: _title, detail, status, ...fields } = problem;
  const code =
    TRPC_ERROR_CODES_BY_KEY[problem.code === 'internal' ? 'INTERNAL_SERVER_ERROR' : MAPPINGS[problem.code].trpc];
  const error = { message: detail, code, data: { ...fields, httpStatus: status, path: null } };
  return Response.json({ error }, { status, headers: retryAfter(problem) });
}

function retryAfter({ retryAfterSeconds }: Problem): Record<string, string> {
  return retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
}

function trpcProblem(error: TRPCError): Problem {
  const { cause } = error;
  if (cause instanceof SynapError || cause instanceof z.core.$ZodError) return toProblem(cause);
  const failure = databaseFailure(cause);
  if (failure !== null) return synapProblem(failure);
  const known = Object.entries(MAPPINGS).find(([, { trpc }]) => trpc === error.code);
  if (error.code === 'PARSE_ERROR' || known?.[0] === ErrorCode.validationFailed) {
    return synapProblem(new ValidationFailed([{ field: 'body', message: error.message }]));
  }
  if (known === undefined) {
    return error.code === 'METHOD_NOT_SUPPORTED'
      ? { ...INTERNAL_PROBLEM, title: 'Not this method', status: 405, detail: error.message, code: 'validation_failed' }
      : INTERNAL_PROBLEM;
  }
  const [code, { status, title }] = known as [ErrorCode, Mapping];
  return { type: 'about:blank', title, status, detail: error.message, code };
}

function synapProblem(error: SynapError): Problem {
  const { status, title } = MAPPINGS[error.code];
  return {
    type: 'about:blank',
    title,
    status,
    detail: error.message,
    code: error.code,
    ...(error instanceof ValidationFailed ? { fields: error.fields } : {}),
    ...(error instanceof ConcurrencyConflict ? { currentVersion: error.currentVersion } : {}),
    ...(error instanceof UndoRefused ? { conflicts: error.conflicts } : {}),
    ...(error instanceof Unavailable ? { dependency: error.dependency } : {}),
    ...(error instanceof TooLarge ? { limitBytes: error.limitBytes } : {}),
    ...(error instanceof RateLimited ? { retryAfterSeconds: error.retryAfterSeconds } : {}),
  };
}

function fromZod(error: z.core.$ZodError): ValidationFailed {
  const fields = error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    // Unknown keys are reported at their parent; a caller wants to know which.
    const names = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
    const message = issue.code === 'unrecognized_keys' ? 'is not known here' : issue.message;
    return names.map((name) => ({ field: name.join('.') || 'input', message }));
  });
  return new ValidationFailed(fields);
}
