import { sql } from 'drizzle-orm';
import type { Database } from '../connection/database.ts';
import type { AppendToWrite } from '../event-log/append.ts';
import { appendCall, appendPrepared, type EventLog, groupedAs, type KeptAnswer } from '../event-log/event-log.ts';
import { type GroupedWrite, groupCommits } from '../event-log/group-commits.ts';
import { writeFailure } from '../event-log/write-failure.ts';
import { type FoldedStates, refuseCyclesCall, saveStates, saveStatesCalls } from '../projection/save-states.ts';

/** All that one write does: what happened, what is now, and what the caller is told. */
export interface Write {
  readonly appends: readonly AppendToWrite[];
  readonly states: FoldedStates;
  /** Kept under the request's idempotency key, where it has one. */
  readonly answer: KeptAnswer | null;
}

/**
 * Commits a write: all of it or nothing.
 *
 * @throws {ConcurrencyConflict} if a stream has moved on since it was read.
 * @throws {IdempotencyKeyTaken} if the request was answered before.
 * @throws {RowsRebuilt} if the rows that it was decided on are no more.
 * @throws {CycleClosed} if relations that may not lead in a circle would.
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
 * Writes that come while others are being committed share the next transaction, see `groupCommits`.
 *
 * @param onLag told when the log has a write that the rows have not; the caller is answered all the same.
 */
export function createCommitWrite(
  { database, log }: { database: Database; log: EventLog },
  { onLag }: { onLag: (error: unknown) => void },
): CommitWrite {
  const commit = log.database === database ? inOneDatabase(database) : inTwoDatabases({ database, log, onLag });
  const commitInGroup = groupCommits(async (writes: readonly QueuedWrite[]) => {
    await commit(joined(writes.map(({ write }) => write)));
    log.appended.raise();
    return writes.map(() => undefined);
  });
  return (write) => commitInGroup({ ...groupedAs(write.appends, write.answer), write });
}

interface QueuedWrite extends GroupedWrite {
  readonly write: Write;
}

/** Several writes as one. */
interface JoinedWrite {
  readonly append: { readonly prepared: readonly AppendToWrite[]; readonly answers: readonly KeptAnswer[] };
  readonly states: FoldedStates;
}

function joined(writes: readonly Write[]): JoinedWrite {
  return {
    append: {
      prepared: writes.flatMap(({ appends }) => appends),
      answers: writes.flatMap(({ answer }) => (answer === null ? [] : [answer])),
    },
    states: {
      entities: writes.flatMap(({ states }) => states.entities),
      relations: writes.flatMap(({ states }) => states.relations),
      users: writes.flatMap(({ states }) => states.users ?? []),
      readFrom: writes.flatMap(({ states }) => states.readFrom ?? []),
    },
  };
}

type CommitJoined = (write: JoinedWrite) => Promise<void>;

function inOneDatabase({ queries }: Database): CommitJoined {
  return async ({ append, states }) => {
    try {
      const calls = [appendCall(append), ...saveStatesCalls(states), refuseCyclesCall(states)].filter(
        (call) => call !== null,
      );
      await queries.execute(sql`select ${sql.join(calls, sql`, `)}`);
    } catch (error) {
      throw writeFailure(error);
    }
  };
}

/** A writer that waits this long for another's rows gives up, and is tried again. */
const LOCK_TIMEOUT = sql.raw("'10s'");

function inTwoDatabases(parts: { database: Database; log: EventLog; onLag: (error: unknown) => void }): CommitJoined {
  const { database, log, onLag } = parts;
  return async ({ append, states }) => {
    let hasHappened = false;
    try {
      await database.queries.transaction(async (transaction) => {
        await transaction.execute(sql`set local lock_timeout = ${LOCK_TIMEOUT}`);
        await saveStates(transaction, states);
        const refuseCycles = refuseCyclesCall(states);
        if (refuseCycles !== null) await transaction.execute(sql`select ${refuseCycles}`);
        await appendPrepared(log.database.queries, append);
        hasHappened = true;
      });
    } catch (error) {
      if (!hasHappened) throw writeFailure(error);
      onLag(error);
    }
  };
}
