import { createHash } from 'node:crypto';
import { CycleClosed, findAnswer, IdempotencyKeyTaken, type RepeatableRequest, RowsRebuilt } from '@synap/database';
import { ConcurrencyConflict, type CorrelationId } from '@synap/domain';
import { answerEntry } from '../cache/entries.ts';
import type { CommandContext } from '../command-context.ts';
import type { Parts } from '../parts.ts';
import { type Change, type ChangedStates, commitChanges } from './commit.ts';

/** How often a write without an expected version is decided anew when others write the same thing at once. */
const CONFLICT_RETRIES = 8;

/** What a command decided on: what is to change, and what the caller is told of the states that come of it. */
export interface Decision<Answer> {
  readonly changes: readonly Change[];
  readonly answer: (states: ChangedStates) => Answer;
  /** What an undo undoes. */
  readonly undoes?: CorrelationId;
}

/**
 * One write: `prepare` does what must come first (content is stored before anything names it), `decide` reads what is
 * there and says what changes, and all of that is committed at once. With an idempotency key the answer is kept in the
 * same transaction, and a repeat gives it again without preparing or deciding anything.
 *
 * @param request all of the command's input as JSON: what makes a repeat the same request.
 * @param retry whether a conflict means: decide again on what is there now. Only for writes without an expected version;
 *   rows that a rebuild has replaced are read again in any case.
 */
export async function writeOnce<Prepared, Answer>(
  parts: Parts,
  context: CommandContext,
  write: {
    command: string;
    request: unknown;
    retry: boolean;
    prepare: () => Promise<Prepared>;
    decide: (prepared: Prepared) => Promise<Decision<Answer>>;
  },
): Promise<Answer> {
  const { command } = write;
  const repeatable = toRepeatable(context, { command, request: write.request });
  const earlier = await answerTo<Answer>(parts, repeatable);
  if (earlier !== null) return earlier.answer;
  const prepared = await write.prepare();
  const decide = () => write.decide(prepared);
  return (await decideAndCommit(parts, context, { command, repeatable, retry: write.retry, decide })).answer;
}

/**
 * One write of content that comes as a stream, and whose checksum is known only when it is stored: `store` stores it, and
 * only then it can be told whether this is a repeat. What was stored for nothing is discarded.
 *
 * @param announced the request, where its content's checksum was announced: a repeat of it need not send its content.
 * @param request the same request, with the checksum of what is stored.
 * @param discard removes what was stored; only what nobody else can have named.
 */
export async function writeContentOnce<Stored, Answer>(
  parts: Parts,
  context: CommandContext,
  write: {
    command: string;
    announced: unknown;
    retry: boolean;
    store: () => Promise<Stored>;
    request: (stored: Stored) => unknown;
    decide: (stored: Stored) => Promise<Decision<Answer>>;
    discard: (stored: Stored) => Promise<void>;
  },
): Promise<Answer> {
  const { command, announced, retry } = write;
  const known = announced === undefined ? null : toRepeatable(context, { command, request: announced });
  const earlier = await answerTo<Answer>(parts, known);
  if (earlier !== null) return earlier.answer;
  const stored = await write.store();
  /** Before anything is committed: nothing can name what is stored yet. */
  const orDiscard = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      await write.discard(stored);
      throw error;
    }
  };
  const repeatable = toRepeatable(context, { command, request: write.request(stored) });
  const repeated = await orDiscard(answerTo<Answer>(parts, repeatable));
  if (repeated !== null) {
    await write.discard(stored);
    return repeated.answer;
  }
  const decide = () => orDiscard(write.decide(stored));
  const { answer, isRepeat } = await decideAndCommit(parts, context, { command, repeatable, retry, decide });
  if (isRepeat) await write.discard(stored);
  return answer;
}

async function decideAndCommit<Answer>(
  parts: Parts,
  context: CommandContext,
  write: {
    command: string;
    repeatable: RepeatableRequest | null;
    retry: boolean;
    decide: () => Promise<Decision<Answer>>;
  },
): Promise<{ answer: Answer; isRepeat: boolean }> {
  const { command, repeatable } = write;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const decision = await write.decide();
      return { answer: await commitChanges(parts, context, { command, repeatable, ...decision }), isRepeat: false };
    } catch (error) {
      const meanwhile = error instanceof IdempotencyKeyTaken ? await answerTo<Answer>(parts, repeatable) : null;
      if (meanwhile !== null) return { answer: meanwhile.answer, isRepeat: true };
      if (attempt >= CONFLICT_RETRIES || !mayDecideAgain(error, write)) throw error;
    }
  }
}

/** Whether others were quicker, and the write is to be decided on what is there now. */
function mayDecideAgain(error: unknown, { retry }: { retry: boolean }): boolean {
  return (
    error instanceof RowsRebuilt || error instanceof CycleClosed || (retry && error instanceof ConcurrencyConflict)
  );
}

/** For commands with nothing to do before they decide. */
export const nothingToPrepare = (): Promise<void> => Promise.resolve();

async function answerTo<Answer>(
  { log, cache }: Parts,
  repeatable: RepeatableRequest | null,
): Promise<{ answer: Answer } | null> {
  if (repeatable === null) return null;
  const earlier = await cache.read(answerEntry(repeatable), () => findAnswer(log.database.queries, repeatable));
  // Under a key with this hash lies what this very command answered.
  return earlier === null ? null : { answer: earlier.answer as Answer };
}

function toRepeatable({ userId, idempotencyKey }: CommandContext, request: unknown): RepeatableRequest | null {
  if (idempotencyKey === undefined) return null;
  const requestHash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  return { userId, key: idempotencyKey, requestHash };
}
