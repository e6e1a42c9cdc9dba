import type { Schemas } from './operation-types.ts';

/** A problem document (RFC 9457), as the server tells of errors. */
export type Problem = Schemas['Problem'];

/** The server refuses: `code` says why, for programs; `problem` is all that it says. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }

  get code(): Problem['code'] {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }

  /** Of `version_conflict`: the version that it is at; read it again and decide again. */
  get currentVersion(): number | undefined {
    return this.problem.currentVersion;
  }

  /** Of `validation_failed`: each field and what is expected of it. */
  get fields(): readonly { field: string; message: string }[] {
    return this.problem.fields ?? [];
  }
}

/** There was no answer, however often it was tried: `cause` is what the last try failed with. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  /** How often it was tried. */
  readonly attempts: number;

  constructor(attempts: number, options: { cause: unknown }) {
    super('There is no answer from the server.', options);
    this.attempts = attempts;
  }
}

/** What a refusal says; where it says nothing that we know, its status does. */
export async function problemOf(response: Response): Promise<ProblemError> {
  return asProblemError(await response.json().catch(() => null), response);
}

/** The same, of a body that was read. */
export function asProblemError(body: unknown, { status, statusText }: Response): ProblemError {
  if (isProblem(body)) return new ProblemError(body);
  const title = statusText === '' ? `Status ${status}` : statusText;
  return new ProblemError({ type: 'about:blank', title, status, detail: title, code: 'internal' });
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'status' in body && 'detail' in body;
}
