import { createHash } from 'node:crypto';
import { claimKey, findAnswer, type RepeatableRequest, saveAnswer, type Transaction } from '@synap/database';
import { ConcurrencyConflict } from '@synap/domain';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';

/** How often a write without an expected version is decided anew when others write the same thing at once. */
const CONFLICT_RETRIES = 8;

/**
 * One write: `prepare` does what must come before the transaction (content is stored first), `write` does the rest in
 * it. With an idempotency key the answer is stored in the same transaction, and a repeat gives it again without
 * preparing or writing anything.
 *
 * @param request the command and all of its input as JSON: what makes a repeat the same request.
 * @param retry whether a conflict means: decide again on what is there now. Only for writes without an expected version.
 */
export async function writeOnce<Prepared, Answer>(
  parts: Parts,
  context: CommandContext,
  write: {
    request: unknown;
    retry: boolean;
    prepare: () => Promise<Prepared>;
    write: (transaction: Transaction, prepared: Prepared) => Promise<Answer>;
  },
): Promise<Answer> {
  const repeatable = toRepeatable(context, write.request);
  if (repeatable !== null) {
    const earlier = await findAnswer(parts.database.queries, repeatable);
    if (earlier !== null) return earlier.answer as Answer;
  }
  const prepared = await write.prepare();
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await transact(parts, repeatable, (transaction) => write.write(transaction, prepared));
      parts.onCommit();
      return answer;
    } catch (error) {
      const mayRetry = write.retry && error instanceof ConcurrencyConflict && attempt < CONFLICT_RETRIES;
      if (!mayRetry) throw error;
    }
  }
}

function transact<Answer>(
  { database, clock }: Parts,
  repeatable: RepeatableRequest | null,
  write: (transaction: Transaction) => Promise<Answer>,
): Promise<Answer> {
  return database.queries.transaction(async (transaction) => {
    if (repeatable === null) return write(transaction);
    if (!(await claimKey(transaction, repeatable, clock.now()))) {
      const earlier = await findAnswer(transaction, repeatable);
      // Only answers of this very function are stored under keys that are claimed here.
      if (earlier !== null) return earlier.answer as Answer;
    }
    const answer = await write(transaction);
    await saveAnswer(transaction, repeatable, answer);
    return answer;
  });
}

function toRepeatable({ userId, idempotencyKey }: CommandContext, request: unknown): RepeatableRequest | null {
  if (idempotencyKey === undefined) return null;
  const requestHash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  return { userId, key: idempotencyKey, requestHash };
}
