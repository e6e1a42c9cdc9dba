import type { UndoConflict } from './undo/undo.ts';

/**
 * The closed family of failures that a caller must handle. Each has a `code` that the edge maps to a status in one
 * place, and carries what the caller needs to go on. Anything else that is thrown is a programmer's mistake.
 */
export abstract class SynapError extends Error {
  abstract readonly code: ErrorCode;
  override get name(): string {
    return this.constructor.name;
  }
}

export const ErrorCode = {
  validationFailed: 'validation_failed',
  unauthenticated: 'unauthenticated',
  forbidden: 'forbidden',
  notFound: 'not_found',
  versionConflict: 'version_conflict',
  preconditionFailed: 'precondition_failed',
  tooLarge: 'too_large',
  unsupportedType: 'unsupported_type',
  unprocessable: 'unprocessable',
  rateLimited: 'rate_limited',
  unavailable: 'unavailable',
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** One thing wrong with the input: which field, as a path such as `tags.2`, and what is expected of it. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export class ValidationFailed extends SynapError {
  readonly code = ErrorCode.validationFailed;
  readonly fields: readonly FieldError[];
  constructor(fields: readonly FieldError[]) {
    super(fields.map(({ field, message }) => `${field}: ${message}`).join('; '));
    this.fields = fields;
  }
}

export class Unauthenticated extends SynapError {
  readonly code = ErrorCode.unauthenticated;
}

export class Forbidden extends SynapError {
  readonly code = ErrorCode.forbidden;
}

/** It is not there, or it belongs to somebody else: a caller cannot tell which. */
export class NotFound extends SynapError {
  readonly code = ErrorCode.notFound;
  readonly what: string;
  readonly id: string;
  constructor(what: string, id: string) {
    super(`There is no ${what} ${id}.`);
    this.what = what;
    this.id = id;
  }
}

/** Somebody wrote in between: read the current version, decide again, write again. */
export class ConcurrencyConflict extends SynapError {
  readonly code = ErrorCode.versionConflict;
  readonly aggregateId: string;
  readonly expectedVersion: number;
  readonly currentVersion: number;
  constructor(conflict: { aggregateId: string; expectedVersion: number; currentVersion: number }) {
    super(
      `Expected version ${conflict.expectedVersion} of ${conflict.aggregateId}, but it is at version ${conflict.currentVersion}. Read it again and repeat the change.`,
    );
    this.aggregateId = conflict.aggregateId;
    this.expectedVersion = conflict.expectedVersion;
    this.currentVersion = conflict.currentVersion;
  }
}

/** What is to be undone was changed since by somebody: nothing is done. */
export class UndoRefused extends SynapError {
  readonly code = ErrorCode.versionConflict;
  readonly conflicts: readonly UndoConflict[];
  constructor(conflicts: readonly UndoConflict[]) {
    const named = conflicts.map(({ aggregateId, field }) => `${field} of ${aggregateId}`).join(', ');
    super(`Nothing was undone, because this was changed since: ${named}. Repeat with force to undo it all the same.`);
    this.conflicts = conflicts;
  }
}

export class PreconditionFailed extends SynapError {
  readonly code = ErrorCode.preconditionFailed;
}

export class TooLarge extends SynapError {
  readonly code = ErrorCode.tooLarge;
  readonly limitBytes: number;
  constructor(limitBytes: number) {
    super(`The content is larger than the limit of ${limitBytes} bytes. Split it, or send a smaller one.`);
    this.limitBytes = limitBytes;
  }
}

export class UnsupportedType extends SynapError {
  readonly code = ErrorCode.unsupportedType;
}

/** Well-formed, but it cannot be done to this thing in its present state. */
export class Unprocessable extends SynapError {
  readonly code = ErrorCode.unprocessable;
}

/** More was asked than is answered in a time: the same request is answered later. */
export class RateLimited extends SynapError {
  readonly code = ErrorCode.rateLimited;
  /** After how long it is worth trying again. */
  readonly retryAfterSeconds: number;
  constructor(message: string, { retryAfterSeconds }: { retryAfterSeconds: number }) {
    super(`${message} Try again in ${retryAfterSeconds} s.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Something that Synap relies on (a disk, a database, a lost file) fails; nothing was written. */
export class Unavailable extends SynapError {
  readonly code = ErrorCode.unavailable;
  readonly dependency: string;
  constructor(dependency: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.dependency = dependency;
  }
}
