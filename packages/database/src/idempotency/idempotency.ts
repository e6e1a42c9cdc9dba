import { Unprocessable, type UserId } from '@synap/domain';
import { and, eq, lt } from 'drizzle-orm';
import type { Queryable } from '../connection/database.ts';
import { idempotencyKeys } from '../schema/schema.ts';

/** A request that may be repeated: its key, and what it asks for. Its answer is kept by the append, see `append_events`. */
export interface RepeatableRequest {
  readonly userId: UserId;
  readonly key: string;
  /** SHA-256 of the command and its input, in hexadecimal. */
  readonly requestHash: string;
}

/**
 * The answer that an earlier request with this key got.
 * @returns `null` if there was none.
 * @throws {Unprocessable} if the key was used for another request.
 */
export async function findAnswer(
  queries: Queryable,
  { userId, key, requestHash }: RepeatableRequest,
): Promise<{ answer: unknown } | null> {
  const [row] = await queries
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.userId, userId), eq(idempotencyKeys.key, key)));
  if (row === undefined) return null;
  if (row.requestHash !== requestHash) {
    throw new Unprocessable('This Idempotency-Key was used for another request. Use a new key for a new request.');
  }
  return { answer: row.answer };
}

/** Forgets the keys of requests before `before`. */
export async function deleteAnswersBefore(queries: Queryable, before: Date): Promise<void> {
  await queries.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, before));
}
