import { isDeepStrictEqual } from 'node:util';
import { Unavailable, UserId } from '@synap/domain';
import { and, asc, eq, gte, lt, sql } from 'drizzle-orm';
import type { Transaction } from '../connection/database.ts';
import { selectRows } from '../connection/select-rows.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { LogGrade } from '../event-log/log-storage.ts';
import { archiveSegments, events } from '../schema/schema.ts';
import type { SegmentEntry, SegmentStore } from './archived-rows.ts';
import type { LogRow } from './log-row.ts';
import { encodeSegment, readSegment } from './segment-codec.ts';

/*
 * Moves old parts of the log into archive segments, a partition or chunk at a time, the oldest first:
 *
 *   1. its rows are written as segments, one or more for each user
 *   2. the segments are read back from the store and compared with the rows
 *   3. in one transaction the segments are entered, the streams told how much of them is archived, and the part dropped
 *
 * A crash before the third step leaves at worst segments that nothing names. In the third the part is locked and its
 * rows counted again, so that an event that came late is not dropped with it.
 */

/** A part of the log that is dropped as one. */
interface LogPart {
  readonly name: string;
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
}

/** A part that was archived. */
export interface ArchivedPart {
  readonly from: Date;
  readonly to: Date;
  readonly events: number;
  readonly segments: number;
  readonly sizeBytes: number;
}

/** Rows of one segment, at the most: what is held in memory at a time. */
const SEGMENT_ROWS = 20_000;

/**
 * Archives every part of the log that lies wholly before an instant.
 *
 * @returns the parts, as each is done.
 * @throws {Unavailable} if there is no store for segments, or one does not read back as it was written.
 */
export async function* archiveLog(
  log: EventLog,
  { before, signal }: { before: Date; signal?: AbortSignal },
): AsyncGenerator<ArchivedPart> {
  const { segments } = log;
  if (segments === null) throw new Unavailable('event log', 'There is no file store to archive the log to.');
  for (const part of await listParts(log, before)) {
    signal?.throwIfAborted();
    const entries: SegmentEntry[] = [];
    for (const userId of await usersOf(log, part))
      entries.push(...(await writeSegments(log, segments, { part, userId })));
    await dropPart(log, part, entries);
    yield {
      from: part.from,
      to: part.to,
      events: entries.reduce((sum, { eventCount }) => sum + eventCount, 0),
      segments: entries.length,
      sizeBytes: entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    };
  }
}

/** The parts that end before an instant and hold events, the oldest first. */
async function listParts(log: EventLog, before: Date): Promise<LogPart[]> {
  const { queries } = log.database;
  const parts =
    log.storage.grade === LogGrade.plain
      ? await selectRows<{ name: string; starts: string | Date; ends: string | Date }>(
          queries,
          sql`select name, starts, starts + interval '1 month' as ends from (
              select relname as name, to_timestamp(substr(relname, 8) || ' UTC', 'YYYY_MM TZ') at time zone 'UTC' as starts
              from pg_inherits join pg_class on pg_class.oid = inhrelid
              where inhparent = 'events'::regclass and relname ~ '^events_\\d{4}_\\d\\d$'
            ) as months order by starts`,
        )
      : await selectRows<{ name: string; starts: string | Date; ends: string | Date }>(
          queries,
          sql`select format('%I.%I', chunk_schema, chunk_name) as name, range_start as starts, range_end as ends
            from timescaledb_information.chunks where hypertable_name = 'events' order by range_start`,
        );
  const old = parts
    .map(({ name, starts, ends }) => ({ name, from: toDate(starts), to: toDate(ends) }))
    .filter(({ to }) => to <= before);
  const filled: LogPart[] = [];
  for (const part of old) if ((await countRows(log, part)) > 0) filled.push(part);
  return filled;
}

/** A timestamp as either driver gives it; one without a timezone is in UTC. */
function toDate(value: string | Date): Date {
  if (value instanceof Date) return value;
  return new Date(/[Z+]|-\d\d(:?\d\d)?$/.test(value.slice(10)) ? value : `${value}Z`);
}

const inPart = ({ from, to }: LogPart) => and(gte(events.timestamp, from), lt(events.timestamp, to));

async function countRows({ database }: EventLog, part: LogPart): Promise<number> {
  const [row] = await database.queries.select({ count: sql<string>`count(*)` }).from(events).where(inPart(part));
  return Number(row?.count ?? 0);
}

async function usersOf({ database }: EventLog, part: LogPart): Promise<UserId[]> {
  const rows = await database.queries.selectDistinct({ userId: events.userId }).from(events).where(inPart(part));
  return rows.map(({ userId }) => UserId.parse(userId));
}

async function writeSegments(
  { database }: EventLog,
  segments: SegmentStore,
  { part, userId }: { part: LogPart; userId: UserId },
): Promise<SegmentEntry[]> {
  const entries: SegmentEntry[] = [];
  for (let offset = 0; ; offset += SEGMENT_ROWS) {
    const rows: LogRow[] = await database.queries
      .select()
      .from(events)
      .where(and(eq(events.userId, userId), inPart(part)))
      .orderBy(asc(events.aggregateId), asc(events.version))
      .limit(SEGMENT_ROWS)
      .offset(offset);
    if (rows.length === 0) return entries;
    entries.push(await writeSegment(segments, { part, userId, rows }));
  }
}

async function writeSegment(
  segments: SegmentStore,
  { part, userId, rows }: { part: LogPart; userId: UserId; rows: readonly LogRow[] },
): Promise<SegmentEntry> {
  const stored = await segments.put(userId, encodeSegment(rows));
  let index = 0;
  for await (const row of readSegment(await segments.open(stored.path))) {
    if (!isSameRow(row, rows[index])) break;
    index += 1;
  }
  if (index !== rows.length) {
    const message = `The archive segment ${stored.path} does not read back as it was written. Nothing was dropped.`;
    throw new Unavailable('storage', message);
  }
  const positions = rows.map(({ position }) => position).sort((left, right) => Number(left - right));
  return {
    ...stored,
    userId,
    fromTime: part.from,
    toTime: part.to,
    minPosition: positions[0] ?? 0n,
    maxPosition: positions.at(-1) ?? 0n,
    eventCount: rows.length,
  };
}

function isSameRow(row: LogRow, written: LogRow | undefined): boolean {
  if (written === undefined) return false;
  const { digest, ...rest } = row;
  const { digest: writtenDigest, ...writtenRest } = written;
  return Buffer.compare(digest, writtenDigest) === 0 && isDeepStrictEqual(rest, { ...writtenRest });
}

async function dropPart(log: EventLog, part: LogPart, entries: readonly SegmentEntry[]): Promise<void> {
  const archived = entries.reduce((sum, { eventCount }) => sum + eventCount, 0);
  await log.database.queries.transaction(async (transaction) => {
    await transaction.execute(sql.raw(`lock table ${part.name} in access exclusive mode`));
    const [row] = await transaction.select({ count: sql<string>`count(*)` }).from(events).where(inPart(part));
    if (Number(row?.count ?? 0) !== archived) {
      throw new Unavailable(
        'event log',
        `Events were written to ${part.name} while it was archived. Archive it again.`,
      );
    }
    await transaction.execute(
      sql`update aggregates set archived_version = greatest(archived_version, last.version)
        from (
          select aggregate_id, max(version) as version from events
          where timestamp >= ${part.from.toISOString()}::timestamptz and timestamp < ${part.to.toISOString()}::timestamptz
          group by aggregate_id
        ) as last
        where aggregates.id = last.aggregate_id`,
    );
    if (entries.length > 0) await transaction.insert(archiveSegments).values([...entries]);
    await dropTable(transaction, log.storage.grade, part);
  });
}

async function dropTable(transaction: Transaction, grade: LogGrade, { name, from, to }: LogPart): Promise<void> {
  if (grade === LogGrade.plain) {
    await transaction.execute(sql.raw(`drop table ${name}`));
    return;
  }
  await transaction.execute(
    sql`select drop_chunks('events', older_than => ${to.toISOString()}::timestamptz, newer_than => ${from.toISOString()}::timestamptz)`,
  );
}
