import { sql } from 'drizzle-orm';
import type { Database } from '../connection/database.ts';
import type { PreparedAppend } from '../event-log/append.ts';
import { appendCall, appendPrepared, type EventLog, type KeptAnswer } from '../event-log/event-log.ts';
import { writeFailure } from '../event-log/write-failure.ts';
import { type FoldedStates, saveStates, saveStatesCall } from '../projection/save-states.ts';

/** All that one write does: what happened, what is now, and what the caller is told. */
export interface Write {
  readonly appends: readonly Pick<PreparedAppend, 'stream'>[];
  readonly states: FoldedStates;
  /** Kept under the request's idempotency key, where it has one. */
  readonly answer: KeptAnswer | null;
}

/**
 * Commits a write: all of it or nothing.
 *
 * @throws {ConcurrencyConflict} if a stream has moved on since it was read.
 * @throws {IdempotencyKeyTaken} if the request was answered before.
 */
export type CommitWrite = (write: Write) => Promise<void>;

/**
 * How writes are committed. With log and state in one database, a write is one statement: events, rows and the kept
 * answer are its own transaction, and there is one round trip to pay for.
 *
 * With the log in a database of its own, the rows are stored first, in an open transaction in which every constraint is
 * checked and which nobody sees; then the append commits, which is the moment at which the write has happened; then the
 * rows do. What a crash or a lost connection leaves between the two is repaired by the projector, from the log.
 *
 * @param onLag told when the log has a write that the rows have not; the caller is answered all the same.
 */
export function createCommitWrite(
  { database, log }: { database: Database; log: EventLog },
  { onLag }: { onLag: (error: unknown) => void },
): CommitWrite {
  const commit = log.database === database ? inOneDatabase(database) : inTwoDatabases({ database, log, onLag });
  return async (write) => {
    await commit(write);
    log.appended.raise();
  };
}

function inOneDatabase({ queries }: Database): CommitWrite {
  return async ({ appends: prepared, states, answer }) => {
    try {
      await queries.execute(sql`select ${appendCall({ prepared, answer })}, ${saveStatesCall(states)}`);
    } catch (error) {
      throw writeFailure(error);
    }
  };
}

/** A writer that waits this long for another's rows gives up, and is tried again. */
const LOCK_TIMEOUT = sql.raw("'10s'");

function inTwoDatabases(parts: { database: Database; log: EventLog; onLag: (error: unknown) => void }): CommitWrite {
  const { database, log, onLag } = parts;
  return async ({ appends: prepared, states, answer }) => {
    let hasHappened = false;
    try {
      await database.queries.transaction(async (transaction) => {
        await transaction.execute(sql`set local lock_timeout = ${LOCK_TIMEOUT}`);
        await saveStates(transaction, states);
        await appendPrepared(log.database.queries, { prepared, answer });
        hasHappened = true;
      });
    } catch (error) {
      if (!hasHappened) throw writeFailure(error);
      onLag(error);
    }
  };
}
