import { ConcurrencyConflict, NotFound, Unprocessable } from '@synap/domain';
import * as z from 'zod';

/** What `append_events` says of a stream that has moved on. */
const conflictSchema = z.object({
  aggregateId: z.string(),
  expectedVersion: z.int(),
  currentVersion: z.int(),
});

/** The request's idempotency key is taken: an answer is there to be found. */
export class IdempotencyKeyTaken extends Error {
  override readonly name = 'IdempotencyKeyTaken';
}

/**
 * The rows were rebuilt since those were read that a write was decided on: what was wrong with them is not brought back,
 * the write is to be decided again.
 */
export class RowsRebuilt extends Error {
  override readonly name = 'RowsRebuilt';
}

/** Others have written relations with which these close a circle: the write is to be decided again, on all of them. */
export class CycleClosed extends Error {
  override readonly name = 'CycleClosed';
}

/**
 * A thrown thing as what the log's own functions mean by it; anything else as it is.
 * @returns what to throw instead.
 */
export function writeFailure(error: unknown): unknown {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const failure = known(cause);
    if (failure !== null) return failure;
  }
  return error;
}

function known(error: Error): Error | null {
  const { code, detail, constraint } = error as Error & { code?: unknown; detail?: unknown; constraint?: unknown };
  if (code === 'SY001' && typeof detail === 'string') {
    return new ConcurrencyConflict(conflictSchema.parse(JSON.parse(detail)));
  }
  if (code === 'SY002') return new IdempotencyKeyTaken('The idempotency key is taken.', { cause: error });
  if (code === 'SY004') return new RowsRebuilt('The rows were rebuilt since they were read.', { cause: error });
  if (code === 'SY005') return new CycleClosed('The relations lead in a circle.', { cause: error });
  if (code === 'SY003') return new NotFound('account', 'that this belongs to');
  if (code === '23505' && constraint === 'event_keys_pkey') {
    return new Unprocessable('An event with this id is in the log already. Nothing was written.');
  }
  // Somebody made the same link at the same moment: decided again, it is found.
  if (code === '23505' && constraint === 'relations_live_unique') {
    return new ConcurrencyConflict({ aggregateId: 'a new relation', expectedVersion: 0, currentVersion: 1 });
  }
  return null;
}
